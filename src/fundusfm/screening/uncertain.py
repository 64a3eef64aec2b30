"""The zone around an operating point in which small changes, such as saving the file again, flip a decision."""

import math

HALF_WIDTH = 0.5
"""Distance from the operating point, in logits, below which a decision is uncertain.

`benchmarks/stability.py` shows how many decisions outside the zone change when a photograph is saved again, mirrored,
rescaled, or changed in brightness; the figures are in docs/predict.md.
"""

_EDGE = 1e-9


def is_uncertain(score: float, threshold: float) -> bool:
    """Returns whether a score is so close to the threshold that its decision is uncertain.

    Args:
        score: In 0..1.
        threshold: Operating point, in 0..1.
    """
    return abs(score_logit(score) - score_logit(threshold)) < HALF_WIDTH


def score_logit(score: float) -> float:
    """Returns the logit of a score or threshold, finite even at 0 and 1."""
    inside = min(max(score, _EDGE), 1 - _EDGE)
    return math.log(inside / (1 - inside))
