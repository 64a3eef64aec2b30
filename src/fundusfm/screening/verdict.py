"""The verdict on a photograph in one line, for those who act on it: refer, take again, or no sign found."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from fundusfm.models.card.label_names import means_healthy, name_of
from fundusfm.models.card.referral import ReferralRule
from fundusfm.models.card.schema import Card
from fundusfm.screening.advice import COPY_AGAIN, FAILED, advice_for
from fundusfm.screening.gates.quality import POOR
from fundusfm.screening.referral import NO, NO_FUNDUS, POOR_WHY, TAKE_AGAIN, YES, refer
from fundusfm.screening.uncertain import score_logit

Refer = Literal["yes", "no", "take_again", "not_fundus", ""]

_LOW = 0.7
"""Sensitivity below which a label counts as often missed."""

_MOST_NAMES = 3
_ANYTHING = "any abnormality"
_PHRASES = {
    _ANYTHING: "an abnormality",
    "other abnormality": "another abnormality",
    "other disease": "another disease",
}
"""How names read after "signs of"."""


@dataclass(frozen=True)
class Verdict:
    """What to do about one photograph, and why.

    Attributes:
        refer: The decision; empty where the model has nothing to decide by.
        why: Names of the labels that led to `yes`, joined by "; ", why the photograph was refused, or that a
            poor one leaves a `no` uncertain.
        uncertain: Whether the decision hangs on little; None where nothing was decided.
        labels: Labels that led to `yes`, the one furthest above its threshold first.
        line: The decision as a line of text, such as "Refer: signs of glaucoma".
        advice: What to know or do about it, as sentences; may be empty.
    """

    refer: Refer
    why: str
    uncertain: bool | None
    labels: tuple[str, ...]
    line: str
    advice: str


_POOR_VERDICT = Verdict(
    NO, POOR_WHY, True, (), "Uncertain: no sign found, but the photograph is poor", "Take it again if you can."
)


def refused(status: str, reason: str) -> Verdict:
    """Returns the verdict about a photograph that was not scored.

    Nothing is decided about one that nobody saw: the file is damaged or not there, or a server had no time for it.

    Args:
        status: `ungradable`, `not_fundus` or `failed`.
        reason: The reason of its row.
    """
    advice = advice_for(status, reason)
    if status == "failed":
        todo = COPY_AGAIN if advice is FAILED else "Not judged"
        return Verdict("", reason, None, (), f"{todo}: {advice.what}", advice.do)
    if status == "not_fundus":
        return Verdict(NO_FUNDUS, reason, None, (), "Not a fundus photograph", advice.do)
    return Verdict(TAKE_AGAIN, reason, None, (), f"Take again: {advice.what}", advice.do)


def judged(scores: Mapping[str, float], rule: ReferralRule | None, card: Card, *, quality: float = 1.0) -> Verdict:
    """Returns the verdict about a photograph that was scored.

    A multiclass model's photograph has one class, the most probable one, whatever else passes a threshold.

    Args:
        scores: Score of each label, 0..1.
        rule: Thresholds that decide.
        card: Names of the labels, task, and what is often missed.
        quality: Of the photograph, 0..1; a poor one leaves a "no" uncertain.
    """
    if card.task == "multiclass":
        return _of_classes(scores, rule, card, quality)
    if rule is None:
        return Verdict("", "", None, (), "Scored, not decided: the model has no operating point", "")
    found = refer(scores, rule, card.names, quality=quality)
    if found.why == POOR_WHY:
        return _POOR_VERDICT
    if found.uncertain:
        closest = found.labels[:1] or (_closest(scores, rule),)
        return Verdict(found.refer, found.why, True, found.labels, _uncertain(closest, card), "")
    if found.refer == YES:
        return Verdict(YES, found.why, False, found.labels, f"Refer: signs of {_phrase(found.labels, card)}", "")
    return Verdict(NO, "", False, (), "No sign found", missed(card))


def missed(card: Card) -> str:
    """Says what a negative result of a model does not exclude."""
    measured = card.referral.per_label if card.referral else {}
    poor = sorted((label for label in measured if measured[label].value < _LOW), key=lambda a: measured[a].value)
    said = [_in_sentence(card.name_of(label)) for label in poor]
    # "Mild diabetic retinopathy" says more than "diabetic retinopathy".
    names = [*card.often_missed, *(name for name in said if not any(name in stated for stated in card.often_missed))]
    if not names:
        return "A negative result does not exclude disease."
    listed = _listed(names[:_MOST_NAMES])
    return f"{listed[0].upper()}{listed[1:]} {'is' if len(names) == 1 else 'are'} often missed."


def _of_classes(scores: Mapping[str, float], rule: ReferralRule | None, card: Card, quality: float) -> Verdict:
    diseases = [label for label in card.labels if not means_healthy(label)]
    likeliest = max(card.labels, key=lambda label: scores[label])
    if rule is None and len(diseases) == len(card.labels):
        line = f"Most likely: {_in_sentence(card.name_of(likeliest))}"
        return Verdict("", "", None, (likeliest,), line, "")
    uncertain = None
    refers = not means_healthy(likeliest)
    if rule is not None:
        found = refer(scores, rule, card.names)
        refers, uncertain = found.refer == YES, found.uncertain
    label = max(diseases, key=lambda label: scores[label])
    labels, why = ((label,), name_of(label, card.names)) if refers else ((), "")
    if not refers and quality <= POOR:
        return _POOR_VERDICT
    if uncertain:
        return Verdict(YES if refers else NO, why, True, labels, _uncertain((label,), card), "")
    if refers:
        return Verdict(YES, why, uncertain, labels, f"Refer: signs of {_phrase(labels, card)}", "")
    return Verdict(NO, "", uncertain, (), "No sign found", missed(card))


def _closest(scores: Mapping[str, float], rule: ReferralRule) -> str:
    return max(rule.thresholds, key=lambda label: score_logit(scores[label]) - score_logit(rule.thresholds[label]))


def _uncertain(labels: Sequence[str], card: Card) -> str:
    return f"Uncertain: close to the limit for {_phrase(labels, card)}; have it read"


def _phrase(labels: Sequence[str], card: Card) -> str:
    """Returns labels in words, for the end of a sentence; a label for anything at all only where it stands alone."""
    names = [_in_sentence(card.name_of(label)) for label in labels]
    specific = [name for name in names if name != _ANYTHING] or names[:1]
    return _listed([_PHRASES.get(name, name) for name in specific])


def _in_sentence(name: str) -> str:
    """Returns a name with a small first letter, unless it is an abbreviation."""
    return name if len(name) < 2 or not name[1].islower() else f"{name[0].lower()}{name[1:]}"


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
