"""Can this photograph be read? Field of view, sharpness, light and clipping, each from 0 (of no use) to 1 (as most)."""

from dataclasses import dataclass

import numpy as np

from fundusfm.screening.evidence import Evidence

LEAST = 0.2
"""Quality below which a photograph is ungradable."""

# Where a component is 0 and where it is 1; experiments/screening_limits.py measures the photographs behind them.
_SHARPNESS = (0.004, 0.015)  # on a logarithmic scale
_BRIGHTNESS = (12.0, 40.0)
_DARK = (0.70, 0.10)
_CLIPPED = (0.50, 0.06)
_NO_CIRCLE = 0.5

_REASONS = {
    "sharpness": "too blurred or hazy: vessels cannot be seen",
    "brightness": "too dark",
    "illumination": "most of the field of view is in the dark",
    "clipped": "overexposed: too much of the field of view is white",
}


@dataclass(frozen=True)
class Quality:
    """How readable a photograph is.

    Attributes:
        value: 0..1, the worst component.
        reason: Why it is ungradable; empty when it is gradable.
    """

    value: float
    reason: str


def judge_quality(evidence: Evidence) -> Quality:
    """Judges whether a fundus photograph can be read.

    The worst component decides: a sharp photograph in the dark is no better than a dark one. Without a circular field
    of view the value is halved, which alone makes nothing ungradable.
    """
    low, high = (float(np.log(limit)) for limit in _SHARPNESS)
    components = {
        "sharpness": _ramp(float(np.log(max(evidence.sharpness, 1e-6))), low, high),
        "brightness": _ramp(evidence.brightness, *_BRIGHTNESS),
        "illumination": _ramp(evidence.dark, *_DARK),
        "clipped": _ramp(evidence.clipped, *_CLIPPED),
    }
    worst = min(components, key=lambda name: components[name])
    value = components[worst] * (1.0 if evidence.circle else _NO_CIRCLE)
    return Quality(round(value, 3), _REASONS[worst] if components[worst] < LEAST else "")


def _ramp(value: float, none: float, full: float) -> float:
    """Returns 0 at `none` and beyond, 1 at `full` and beyond, in between linearly."""
    return min(1.0, max(0.0, (value - none) / (full - none)))
