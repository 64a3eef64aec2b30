"""Finding weights in what a file holds."""

import torch
from torch import nn

from fundusfm.models.importing.shell import Shell
from fundusfm.models.importing.tensors import find_tensors


def _shell(state: object) -> Shell:
    shell = Shell("what a class is made with", dropped=True)
    shell.__setstate__(state)
    return shell


def test_averaged_weights_and_teachers_come_first() -> None:
    first, second = {"a": torch.zeros(1)}, {"a": torch.ones(1)}
    assert find_tensors({"state_dict": first, "state_dict_ema": second})["a"] == 1
    assert find_tensors({"student": first, "teacher": second})["a"] == 1
    assert find_tensors({"model": {}, "net": {"state_dict": second}})["a"] == 1


def test_only_plain_tensors_are_weights() -> None:
    content = {"a": nn.Parameter(torch.ones(2)), "epoch": 3, 4: torch.ones(1), "b": torch.ones(1).to_sparse()}
    found = find_tensors(content | {"c": torch.ones(1, device="meta")})
    assert found.keys() == {"a"} and not found["a"].requires_grad


def test_a_module_without_what_it_does_not_save() -> None:
    inner = _shell({"_parameters": {"weight": torch.ones(1), "bias": None}, "_buffers": {}, "_modules": {}})
    buffers = {"kept": torch.ones(1), "left": torch.ones(1)}
    outer = {"_buffers": buffers, "_non_persistent_buffers_set": {"left"}, "_modules": {"inner": inner, "none": None}}
    assert find_tensors(_shell(outer)).keys() == {"kept", "inner.weight"}


def test_odd_states_hold_nothing() -> None:
    for state in (None, 3, {"_parameters": 3, "_modules": [1]}, {"_modules": {"a": _shell("text")}}):
        assert find_tensors(_shell(state)) == {}
