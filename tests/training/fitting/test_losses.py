"""Unknown labels leave no trace in loss or gradient."""

import numpy as np
import torch
from torch.nn import functional

from fundusfm.training.fitting.losses import masked_bce, masked_cross_entropy, positive_weights

NAN = float("nan")


def test_unknown_label_has_no_gradient() -> None:
    logits = torch.randn(3, 2, requires_grad=True)
    masked_bce(logits, torch.tensor([[1.0, NAN], [0.0, 1.0], [NAN, NAN]])).backward()
    assert logits.grad is not None
    assert (logits.grad == 0).tolist() == [[False, True], [False, False], [True, True]]


def test_equals_plain_loss_where_all_is_known() -> None:
    logits, targets = torch.randn(8, 3), torch.randint(0, 2, (8, 3)).float()
    assert torch.isclose(masked_bce(logits, targets), functional.binary_cross_entropy_with_logits(logits, targets))


def test_rare_label_weighs_as_much_as_a_common_one() -> None:
    logits = torch.zeros(10, 2)
    targets = torch.full((10, 2), NAN)
    targets[:, 0] = 1.0
    targets[0, 1] = 1.0
    logits[0, 1] = 5.0
    expected = (functional.softplus(torch.tensor(0.0)) + functional.softplus(torch.tensor(-5.0))) / 2
    assert torch.isclose(masked_bce(logits, targets), expected)


def test_batch_without_known_labels_is_zero_and_differentiable() -> None:
    logits = torch.randn(2, 2, requires_grad=True)
    for loss in (masked_bce, masked_cross_entropy):
        value = loss(logits, torch.full((2, 2), NAN))
        value.backward()
        assert value.item() == 0


def test_cross_entropy_leaves_unknown_rows_out() -> None:
    logits = torch.randn(3, 4)
    targets = torch.eye(4)[:3].clone()
    targets[1] = NAN
    expected = functional.cross_entropy(logits[[0, 2]], torch.tensor([0, 2]))
    assert torch.isclose(masked_cross_entropy(logits, targets), expected)


def test_positive_weights_are_rooted_and_limited() -> None:
    targets = np.full((1000, 3), 0.0, np.float32)
    targets[:200, 0] = 1
    targets[:1, 1] = 1
    targets[:, 2] = np.nan
    targets[0, 2] = 1
    targets[1, 2] = 0
    weights = positive_weights(targets)
    assert np.allclose(weights, [2.0, 10.0, 1.0])
