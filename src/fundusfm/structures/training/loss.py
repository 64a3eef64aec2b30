"""What the prediction of masks is trained by: cross-entropy and soft Dice, where a mask is known."""

import segmentation_models_pytorch as smp
import torch

OUTSIDE = 255
"""Target of a pixel that counts for nothing: outside the field of view, or of a mask that the photograph lacks."""

_ENTROPY = smp.losses.SoftBCEWithLogitsLoss(ignore_index=OUTSIDE, reduction="sum")
_DICE = smp.losses.DiceLoss(mode="binary", from_logits=True, ignore_index=OUTSIDE)


def segment_loss(logits: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """Mean cross-entropy over the known pixels, plus one minus the soft Dice of the batch; the mean over masks.

    Cross-entropy alone gives calibrated but cautious maps in which thin vessels stay below any threshold; Dice alone
    saturates. Together they are the field's usual choice. A mask that nobody drew on any photograph of the batch
    counts for nothing.

    Args:
        logits: float (n, passes * masks, h, w), the masks of each pass together.
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
    # Where nothing is known, the graph still has to reach every weight.
    return torch.stack(losses).mean() if losses else values.sum() * 0


def dice_counts(logits: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """Returns twice the hits, and drawn plus found, at probability 0.5 of the last pass, (2, masks)."""
    known = targets != OUTSIDE
    called = (logits[:, -targets.shape[1] :] > 0) & known
    drawn = (targets == 1) & known
    sums = [values.sum(dim=(0, 2, 3)) for values in (called & drawn, called, drawn)]
    return torch.stack([2 * sums[0], sums[1] + sums[2]]).double()
