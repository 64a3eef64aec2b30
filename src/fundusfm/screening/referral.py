"""The decision whether to refer, and why: of a photograph, of an eye, and of a person."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from fundusfm.models.card.label_names import ANY, name_of
from fundusfm.models.card.referral import ReferralRule
from fundusfm.screening.gates.quality import POOR
from fundusfm.screening.uncertain import HALF_WIDTH, score_logit

YES: Final = "yes"
NO: Final = "no"
TAKE_AGAIN: Final = "take_again"
NO_FUNDUS: Final = "not_fundus"

POOR_WHY = "the photograph is poor: take it again if you can"
"""Why a `no` is uncertain although no score is near its threshold."""

EYES = ("left", "right")
OTHER_EYE = "no photograph of the other eye"
"""Why nothing is decided about a person of whom there is one photograph, of an eye that is not stated."""
MISSING = "missing"
"""Decision about an eye of which there is no photograph."""

JOIN = "; "
"""Between the reasons of one decision."""

_CELLS = ("refer", "why", "uncertain")


@dataclass(frozen=True)
class Referral:
    """The decision about one photograph.

    Attributes:
        refer: `yes` or `no`.
        why: Names of the labels that reached their threshold, the one furthest above it first. For `no`
            empty, or `POOR_WHY`.
        labels: The same labels.
        margin: How far the score that decides lies above its threshold, in logits; negative for `no`.
        uncertain: Whether the margin is within `HALF_WIDTH`, or the decision is `no` about a poor photograph.
    """

    refer: Literal["yes", "no"]
    why: str
    labels: tuple[str, ...]
    margin: float
    uncertain: bool


def refer(
    scores: Mapping[str, float], rule: ReferralRule, names: Mapping[str, str], *, quality: float = 1.0
) -> Referral:
    """Decides by a rule.

    Signs of disease fade in the dark and in blur, so a poor photograph can speak for disease, but not against it.

    Args:
        scores: Uncalibrated score of each label of the rule, 0..1; others are ignored.
        rule: The thresholds.
        names: Labels in words; a label without a name is called as it is.
        quality: Of the photograph, 0..1.
    """
    margins = {label: score_logit(scores[label]) - score_logit(limit) for label, limit in rule.thresholds.items()}
    # "Any abnormality" says least, so it comes last.
    passed = sorted(
        (label for label, limit in rule.thresholds.items() if scores[label] >= limit),
        key=lambda label: (label == ANY, -margins[label]),
    )
    margin = max(margins.values())
    poor = not passed and quality <= POOR
    return Referral(
        refer="yes" if passed else "no",
        why=POOR_WHY if poor else JOIN.join(name_of(label, names) for label in passed),
        labels=tuple(passed),
        margin=margin,
        uncertain=poor or abs(margin) < HALF_WIDTH,
    )


def eye_decision(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Decides about an eye from its photographs: one that is referred decides, else one that could be judged.

    Args:
        rows: Cells `refer`, `why` and `uncertain` of each photograph, as `Screener.screen` returns them; at least one.

    Returns:
        The same three cells; `refer` and `uncertain` are None where nothing was decided about any of them.
    """
    for decision in (YES, NO, TAKE_AGAIN, NO_FUNDUS):
        found = [row for row in rows if row.get("refer") == decision]
        if found:
            return {
                "refer": decision,
                "why": _joined(str(row["why"]) for row in found),
                "uncertain": _unsure(decision, found),
            }
    return dict.fromkeys(_CELLS) | {"why": _joined(str(row.get("why") or "") for row in rows) or None}


def person_decision(eyes: Mapping[str, Sequence[Mapping[str, Any]]]) -> dict[str, Any]:
    """Decides about a person: the worse eye decides, and only two eyes that were judged make a "no".

    Photographs that do not say which eye they show may be of either, so each of them counts as an eye of its own. One
    alone leaves the other eye unseen.

    Args:
        eyes: Photographs by eye, `left` or `right`, anything else where the eye is not known; as for `eye_decision`.

    Returns:
        `refer`, `why` and `uncertain` of the person, and `left` and `right`: `refer` of each eye, `missing` where there
        is no photograph of it, None where photographs do not say which eye they show. `refer` is None, and `why` says
        for which eye, where nothing is decided about an eye and the other gives no reason to act. `uncertain` is 1
        where an eye has to be read and none is referred for certain.
    """
    sides = {eye: eye_decision(rows) for eye, rows in eyes.items() if eye in EYES}
    unknown = [eye_decision([row]) for eye, rows in eyes.items() if eye not in EYES for row in rows]
    found = [*sides.items(), *(("", cells) for cells in unknown)]
    if all(cells["refer"] is None for _, cells in found):
        return dict.fromkeys((*_CELLS, *EYES)) | {"why": _of_eyes(found) or None}
    missing = [] if unknown else [eye for eye in EYES if eye not in sides]
    found += [(eye, {"refer": None, "why": "no photograph", "uncertain": None}) for eye in missing]
    if len(found) == 1:
        found.append(("", {"refer": None, "why": OTHER_EYE, "uncertain": None}))
    decision = next(one for one in (YES, TAKE_AGAIN, NO_FUNDUS, None, NO) if any(c["refer"] == one for _, c in found))
    worst = [(eye, cells) for eye, cells in found if cells["refer"] == decision]
    unsure = _unsure(decision, [cells for _, cells in found])
    return {
        "refer": decision,
        "why": _joined(str(cells["why"]) for _, cells in worst) if decision == YES else _of_eyes(worst),
        "uncertain": unsure if decision in (YES, NO) else unsure or None,
        **{eye: sides[eye]["refer"] if eye in sides else MISSING if eye in missing else None for eye in EYES},
    }


def _of_eyes(found: Iterable[tuple[str, Mapping[str, Any]]]) -> str:
    """Returns the reasons of eyes, with the eye that each is about."""
    return _joined(f"{eye} eye: {cells['why']}" if eye else str(cells["why"]) for eye, cells in found if cells["why"])


def _unsure(decision: str | None, rows: Iterable[Mapping[str, Any]]) -> int | None:
    """Returns whether a decision is uncertain: "yes" is sure if one "yes" is, anything else only if all of them are."""
    decided = [row for row in rows if row["uncertain"] is not None]
    if decision == YES:
        return min((int(row["uncertain"]) for row in decided if row["refer"] == YES), default=None)
    return max((int(row["uncertain"]) for row in decided), default=None)


def _joined(reasons: Iterable[str]) -> str:
    """Joins reasons, each once."""
    return JOIN.join(dict.fromkeys(part for reason in reasons for part in reason.split(JOIN) if part))
