"""What a vessel prediction is trained by: cross-entropy and soft Dice, inside the field of view."""

import segmentation_models_pytorch as smp
import torch

OUTSIDE = 255
"""Target of a pixel that counts for nothing."""

_ENTROPY = smp.losses.SoftBCEWithLogitsLoss(ignore_index=OUTSIDE, reduction="sum")
_DICE = smp.losses.DiceLoss(mode="binary", from_logits=True, ignore_index=OUTSIDE)


def vessel_loss(logits: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """Mean cross-entropy over the pixels inside the field of view, plus one minus the soft Dice of the batch.

    Cross-entropy alone gives calibrated but cautious maps in which thin vessels stay below any threshold; Dice alone
    saturates. Together they are the field's usual choice.

    Args:
        logits: float (n, passes, h, w).
        targets: uint8 (n, 1, h, w): 1 vessel, 0 none, 255 outside; shared by all passes.

    Returns:
        The scalar loss.
    """
    values = logits.float()
    truth = targets.expand(-1, values.shape[1], -1, -1).to(values.dtype)
    inside = (truth != OUTSIDE).sum().clamp(min=1)
    loss: torch.Tensor = _ENTROPY(values, truth) / inside + _DICE(values, truth)
    return loss


def dice_counts(logits: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """Returns twice the hits, and vessels plus calls, at probability 0.5 of the last pass: Dice is their ratio."""
    inside = targets != OUTSIDE
    called = (logits[:, -1:] > 0) & inside
    drawn = (targets == 1) & inside
    return torch.stack([2 * (called & drawn).sum(), called.sum() + drawn.sum()]).double()
