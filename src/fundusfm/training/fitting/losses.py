"""Losses that know unknown labels."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional


def masked_bce(
    logits: torch.Tensor, targets: torch.Tensor, positive_weight: torch.Tensor | None = None
) -> torch.Tensor:
    """Binary cross-entropy over the known labels: the mean over labels of the mean over images.

    Averaging per label first keeps a label that few photographs carry from vanishing beside one that all carry.

    Args:
        logits: float (n, labels).
        targets: float (n, labels) of 0 and 1 (or between, after mixing), NaN where unknown.
        positive_weight: float (labels,), the weight of a positive relative to a negative.

    Returns:
        A scalar; 0 with a gradient of 0 where no label of the batch is known.
    """
    known = ~targets.isnan()
    filled = torch.where(known, targets, torch.zeros_like(targets))
    losses = (
        functional.binary_cross_entropy_with_logits(logits, filled, pos_weight=positive_weight, reduction="none")
        * known
    )
    counts = known.sum(0)
    per_label = losses.sum(0) / counts.clamp(min=1)
    return per_label.sum() / (counts > 0).sum().clamp(min=1)


def masked_cross_entropy(
    logits: torch.Tensor, targets: torch.Tensor, class_weight: torch.Tensor | None = None
) -> torch.Tensor:
    """Cross-entropy for one-hot targets (n, classes); rows of NaN are unknown and left out."""
    known = ~targets.isnan().any(1)
    if not bool(known.any()):
        return logits.sum() * 0
    return functional.cross_entropy(logits[known], targets[known], weight=class_weight)


def positive_weights(targets: NDArray[np.float32], *, limit: float = 10.0) -> NDArray[np.float32]:
    """Returns per label the square root of negatives over positives, within 1/limit and limit.

    The root is a compromise: full balancing makes a label with 1 % positives noisy, none makes it learn late.

    Args:
        targets: float (n, labels), NaN where unknown.
        limit: Largest weight.
    """
    positives = np.nansum(targets, axis=0)
    negatives = np.sum(~np.isnan(targets), axis=0) - positives
    ratio = np.sqrt(np.maximum(negatives, 1) / np.maximum(positives, 1))
    weights: NDArray[np.float32] = np.clip(ratio, 1 / limit, limit).astype(np.float32)
    return weights
