"""The loss of segmentation: cross-entropy and soft Dice, over the pixels where a mask is known."""

import segmentation_models_pytorch as smp
import torch

OUTSIDE = 255
"""Target of a pixel that does not count: outside the field of view, or of a mask that the photograph lacks."""

_ENTROPY = smp.losses.SoftBCEWithLogitsLoss(ignore_index=OUTSIDE, reduction="sum")
_DICE = smp.losses.DiceLoss(mode="binary", from_logits=True, ignore_index=OUTSIDE)


def segment_loss(logits: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """Returns mean cross-entropy over the known pixels plus one minus the soft Dice of the batch, averaged over masks.

    Cross-entropy alone gives calibrated but cautious maps in which thin vessels stay below any threshold; Dice alone
    saturates. Together they are the field's usual choice. A mask that is known of no photograph in the batch
    does not count.

    Args:
        logits: float (n, passes * masks, h, w), one pass after the other.
        targets: uint8 (n, masks, h, w): 1 inside the mask, 0 not, 255 unknown; shared by all passes.

    Returns:
        The scalar loss.
    """
    masks = targets.shape[1]
    values = logits.float().view(len(logits), -1, masks, *logits.shape[2:])
    losses = []
    for mask in range(masks):
        truth = targets[:, mask : mask + 1]
        known = (truth != OUTSIDE).sum()
        if known:
            own = values[:, :, mask]
            wanted = truth.expand(-1, own.shape[1], -1, -1).to(own.dtype)
            losses.append(_ENTROPY(own, wanted) / (known * own.shape[1]) + _DICE(own, wanted))
    # Where nothing is known, the gradient still has to reach every weight.
    return torch.stack(losses).mean() if losses else values.sum() * 0


def dice_counts(logits: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """Returns numerator and denominator of Dice at probability 0.5 of the last pass, (2, masks)."""
    known = targets != OUTSIDE
    called = (logits[:, -targets.shape[1] :] > 0) & known
    drawn = (targets == 1) & known
    sums = [values.sum(dim=(0, 2, 3)) for values in (called & drawn, called, drawn)]
    return torch.stack([2 * sums[0], sums[1] + sums[2]]).double()
