"""What a backbone costs, measured."""

import torch

from fundusfm.study.cost import measure


def test_a_small_backbone_is_measured_on_one_core() -> None:
    threads = torch.get_num_threads()
    cost = measure("test_resnet", 32)
    assert cost.forward > 0
    assert cost.training > 0
    assert cost.parameters > 1000
    assert cost.features == 96
    assert torch.get_num_threads() == threads
