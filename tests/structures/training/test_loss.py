"""The loss: nothing for a perfect map, nothing from outside the field of view."""

import math

import pytest
import torch

from fundusfm.structures.training.loss import OUTSIDE, dice_counts, segment_loss


@pytest.fixture
def targets() -> torch.Tensor:
    drawn = torch.zeros(2, 1, 16, 16, dtype=torch.uint8)
    drawn[:, :, 4:8] = 1
    drawn[:, :, 12:] = OUTSIDE
    return drawn


def test_a_perfect_map_costs_nothing(targets: torch.Tensor) -> None:
    perfect = torch.where(targets == 1, 30.0, -30.0)
    assert segment_loss(perfect, targets) < 1e-4
    assert segment_loss(perfect.expand(-1, 2, -1, -1), targets) < 1e-4
    assert segment_loss(-perfect, targets) > 10


def test_an_undecided_map_costs_what_theory_says(targets: torch.Tensor) -> None:
    # Of 12 rows inside, 4 are vessel: soft Dice is 2 x 0.5 x 4 / (0.5 x 12 + 4) = 0.4.
    assert float(segment_loss(torch.zeros(2, 1, 16, 16), targets)) == pytest.approx(math.log(2) + 1 - 0.4, abs=1e-5)


def test_pixels_outside_count_for_nothing(targets: torch.Tensor) -> None:
    logits = torch.randn(2, 1, 16, 16, requires_grad=True)
    segment_loss(logits, targets).backward()
    assert logits.grad is not None
    assert (logits.grad[:, :, 12:] == 0).all()
    assert (logits.grad[:, :, :12] != 0).any()


def test_dice_counts_are_of_the_last_pass(targets: torch.Tensor) -> None:
    perfect = torch.where(targets == 1, 30.0, -30.0)
    twice, total = dice_counts(torch.cat([-perfect, perfect], dim=1), targets).tolist()
    assert twice == total == [2 * 2 * 4 * 16]


def test_a_mask_that_nobody_drew_counts_for_nothing(targets: torch.Tensor) -> None:
    unknown = torch.cat([targets, torch.full_like(targets, OUTSIDE)], dim=1)
    logits = torch.randn(2, 2, 16, 16, requires_grad=True)
    both = segment_loss(logits, unknown)
    assert both.item() == pytest.approx(segment_loss(logits[:, :1], targets).item())
    both.backward()
    assert logits.grad is not None and (logits.grad[:, 1] == 0).all()
    segment_loss(logits, torch.full_like(unknown, OUTSIDE)).backward()  # a batch without any: no error, no change


def test_two_passes_of_several_masks_stay_apart(targets: torch.Tensor) -> None:
    both = torch.cat([targets, 1 - targets.where(targets != OUTSIDE, 1)], dim=1)
    perfect = torch.where(both == 1, 30.0, -30.0)
    assert segment_loss(torch.cat([perfect, perfect], dim=1), both) < 1e-4
    assert segment_loss(torch.cat([perfect, perfect.flip(1)], dim=1), both) > 1
