"""The gate that decides whether a picture is a colour fundus photograph.

Two checks run in order. The first looks at the pixels: a plain, grey, blue or coarsely patterned picture is refused
whatever a network says. The second is the distance of the features from those of the training photographs. It only
settles doubts that the pixels raise, because networks trained on fundus photographs alone place other cameras further
away than a plain disc. The limits come from real photographs, see experiments/screening_limits.py.
"""

from fundusfm.screening.gates.evidence import Evidence
from fundusfm.screening.gates.quality import is_too_dark

# A picture with one of these is refused.
_LEAST_TINT = 0.004
_LEAST_STRUCTURE = 0.0019
_LEAST_LIT = 0.40
_LEAST_RED, _MOST_GREEN, _MOST_BLUE = 0.28, 0.50, 0.37
_MOST_CONTOURS, _MOST_CONTRAST, _MOST_GRAIN = 0.12, 0.16, 2.5
# With one of these, about 1 in 500 fundus photographs each, it is in doubt.
_MUCH_GRAIN, _GREENISH = 1.6, 0.44
_MANY_CONTOURS, _MUCH_CONTRAST, _MUCH_TINT = 0.045, 0.10, 0.15
# Photographs whose contrast was stretched at the source, as EyePACS often is, are nearly grey and have harder contours.
_STRETCHED_RED = 0.40
_MANY_CONTOURS_STRETCHED, _MUCH_CONTRAST_STRETCHED, _MUCH_TINT_STRETCHED = 0.075, 0.13, 0.22

_FAR = 2.5
"""Distance at which one doubt is enough; see `Reference.distance`."""

_LEAST_COLOUR_WITHOUT_CIRCLE = 0.03
"""Red above blue, as shares. Two of 11 real photographs without a circle had less, and so had two of grey noise."""

BLACK_REASON = "nearly all of it is black"

_NEAR = 1.0
"""Distance up to which a frame without a circle is kept."""


def why_not_fundus(evidence: Evidence, distance: float | None) -> str:
    """Returns why a picture is not a colour fundus photograph; empty if it is one, or too dark to tell.

    Args:
        evidence: Measurements of its pixels.
        distance: Distance from the training photographs, in units of the distance that 1 % of them exceed; None if the
            bundle has no reference.
    """
    if is_too_dark(evidence):
        return ""
    refusal = _refusal(evidence)
    if refusal:
        return f"not a colour fundus photograph: {refusal}"
    doubts = _doubts(evidence)
    if len(doubts) > 1:
        return f"not a colour fundus photograph: {' and '.join(doubts)}"
    # Nearly every photograph shows the camera's aperture: a frame without it must look like the training set.
    if not evidence.circle and evidence.red - evidence.blue < _LEAST_COLOUR_WITHOUT_CIRCLE:
        return f"not a colour fundus photograph: {doubts[0]}, and no colour"
    if not evidence.circle and (distance is None or distance > _NEAR):
        return f"not a colour fundus photograph: {doubts[0]}"
    if doubts and distance is not None and distance > _FAR:
        return f"not a colour fundus photograph: {doubts[0]}, and unlike what the model was trained on"
    return ""


def _refusal(evidence: Evidence) -> str:
    if evidence.lit < _LEAST_LIT:
        return BLACK_REASON
    if evidence.contrast < _LEAST_STRUCTURE:
        return "it is plain, without any structure"
    if evidence.tint < _LEAST_TINT:
        return "it has no colour" if abs(evidence.red - evidence.blue) < 0.02 else "it has one plain colour"
    if evidence.red < _LEAST_RED or evidence.green > _MOST_GREEN or evidence.blue > _MOST_BLUE:
        return "its colours are not those of a retina"
    if evidence.grain > _MOST_GRAIN:
        return "it shows fine grain instead of vessels"
    if evidence.contours > _MOST_CONTOURS or evidence.contrast > _MOST_CONTRAST:
        return "its contours are harder than those of a retina"
    return ""


def _doubts(evidence: Evidence) -> list[str]:
    stretched = evidence.red < _STRETCHED_RED
    found = {
        "no circular field of view": not evidence.circle,
        "hard contours": evidence.contours > (_MANY_CONTOURS_STRETCHED if stretched else _MANY_CONTOURS),
        "strong contrast": evidence.contrast > (_MUCH_CONTRAST_STRETCHED if stretched else _MUCH_CONTRAST),
        "fine grain": evidence.grain > _MUCH_GRAIN,
        "many colours": evidence.tint > (_MUCH_TINT_STRETCHED if stretched else _MUCH_TINT),
        "a green cast": evidence.green > _GREENISH,
    }
    return [doubt for doubt, present in found.items() if present]
