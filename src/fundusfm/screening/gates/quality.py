"""The quality of a photograph: the worst of several components, each from 0 (useless) to 1 (as most photographs)."""

from dataclasses import dataclass

import numpy as np

from fundusfm.screening.gates.evidence import Evidence

LEAST = 0.2
"""Quality below which a photograph is ungradable."""

# Where a component is 0 and where it is 1; experiments/screening_limits.py and experiments/blur.py show the photographs
# behind them.
_SHARPNESS = (0.0007, 0.0043)  # on a logarithmic scale
_BRIGHTNESS = (12.0, 40.0)
_DARK = (0.70, 0.10)
_CLIPPED = (0.50, 0.06)
_FLAT = (0.35, 0.20)
_DIAMETER = (96.0, 224.0)
_NO_CIRCLE = 0.5

REASONS = {
    "sharpness": "too blurred or hazy: vessels cannot be seen",
    "brightness": "too dark",
    "illumination": "most of the field of view is in the dark",
    "clipped": "overexposed: too much of the field of view is white",
    "flat": "a large part of the field of view has one colour: the file is damaged, or something covers the retina",
    "resolution": "too small: the field of view is only {diameter:.0f} pixels wide",
    "fields": "two fields of view in one frame: give each photograph a file of its own",
}
"""Why a photograph is ungradable, by the component that decides."""


POOR = 0.5
"""Quality up to which a photograph is poor: it is scored, but a "no" about it is uncertain."""


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
        "fields": 1.0 if evidence.fields == 1 else 0.0,
        "resolution": _ramp(evidence.diameter, *_DIAMETER),
        "clipped": _ramp(evidence.clipped, *_CLIPPED),
        "brightness": _ramp(evidence.brightness, *_BRIGHTNESS),
        "illumination": _ramp(evidence.dark, *_DARK),
        "flat": _ramp(evidence.flat, *_FLAT),
        "sharpness": _ramp(float(np.log(max(evidence.sharpness, 1e-6))), low, high),
    }
    # In the dark other components fall as well, and would send the reader looking for another cause.
    worst = "brightness" if is_too_dark(evidence) else min(components, key=lambda name: components[name])
    value = min(components.values()) * (1.0 if evidence.circle else _NO_CIRCLE)
    reason = REASONS[worst].format(diameter=evidence.diameter) if components[worst] < LEAST else ""
    return Quality(round(value, 3), reason)


def is_too_dark(evidence: Evidence) -> bool:
    """Says whether a picture is so dark that nothing can be told from it, not even whether it shows a fundus."""
    return _ramp(evidence.brightness, *_BRIGHTNESS) < LEAST


def _ramp(value: float, none: float, full: float) -> float:
    """Returns 0 at `none` and beyond, 1 at `full` and beyond, in between linearly."""
    return min(1.0, max(0.0, (value - none) / (full - none)))
