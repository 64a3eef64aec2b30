"""Results on the terminal, where no table is asked for: the decision first, then the labels in words."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from fundusfm.models.card.label_names import name_of
from fundusfm.models.card.referral import REFERRAL
from fundusfm.screening.referral import NO, NO_FUNDUS, TAKE_AGAIN, YES
from fundusfm.structures.finder import cautions, structures_text

_SHOWN = 5
_DECISIONS = {1: "positive", 0: "negative"}
_REFERRALS = {
    YES: "refer",
    NO: "do not refer",
    TAKE_AGAIN: "take again",
    NO_FUNDUS: "not a fundus photograph",
}


def row_text(row: Mapping[str, Any], labels: Sequence[str], names: Mapping[str, str], point: str | None = None) -> str:
    """Returns a photograph's result as lines: decision, reasons and quality, then each label's probability.

    Args:
        row: As `fundusfm.screening.screener.Screener` makes it.
        labels: The model's labels.
        names: Labels in words.
        point: Name of the operating point that decided about labels; named where it is not the rule that refers.
    """
    decision = _REFERRALS.get(str(row.get("refer")), str(row["status"]))
    head = f"{row['image']}: {decision}"
    if row["reason"]:
        return f"{head}: {row['reason']}"
    head += f": {row['why']}" if row.get("why") else ""
    head += " (uncertain)" if row.get("uncertain") else ""
    words = {label: name_of(label, names) for label in labels}
    width = max(map(len, words.values()))
    at = f" at {point}" if row.get("refer") and point not in (None, REFERRAL) else ""
    lines = [
        f"  {words[label]:{width}}  probability {row[f'{label}.probability']:.3f}  {_decision(row, label, at)}"
        for label in labels
    ]
    if found := structures_text(row):
        lines.append(f"  structures: {found}")
        lines += [f"  {caution}" for caution in cautions(row)]
    return "\n".join([f"{head}, quality {row['quality']:.2f}", *(line.rstrip() for line in lines)])


def referral_counts(decisions: Iterable[Any]) -> dict[str, int]:
    """Returns how often each decision of the referral rule occurs; empty where the model has no rule."""
    counts = Counter(decision for decision in decisions if isinstance(decision, str))
    return {decision: counts[decision] for decision in _REFERRALS if counts[decision]}


def referral_text(counts: Mapping[str, int]) -> str:
    """Returns the counts of decisions as a sentence's part, such as `3 refer, 12 do not refer, 1 take again`."""
    return ", ".join(f"{number} {_REFERRALS[decision]}" for decision, number in counts.items())


def outcome_text(
    decisions: Mapping[str, int], positives: Mapping[str, int], statuses: Mapping[str, int], names: Mapping[str, str]
) -> str:
    """Returns what was found in all: decisions, or positives where the model has no rule, and how rows ended.

    Args:
        decisions: As of `referral_counts`.
        positives: How many photographs are positive, by label.
        statuses: Number of rows by status.
        names: Labels in words.
    """
    positive = ", ".join(f"{count} {name_of(label, names)}" for label, count in positives.items() if count)
    found = referral_text(decisions) or f"positive: {positive or 'none'}"
    return f"{found}; " + ", ".join(f"{count} {status}" for status, count in statuses.items())


def failed_text(names: Sequence[str]) -> str:
    """Returns which photographs could not be read.

    Args:
        names: At least one.
    """
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return f"not read: {', '.join(names[:_SHOWN])}{more}; the column reason says why"


def _decision(row: Mapping[str, Any], label: str, at: str) -> str:
    decision = row[f"{label}.decision"]
    if decision is None:
        return ""
    return _DECISIONS[decision] + at + (", uncertain" if row.get(f"{label}.uncertain") else "")
