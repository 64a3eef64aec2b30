"""The referral rule in a report: its specificity and sensitivity in every set."""

from collections.abc import Mapping
from typing import Any

from fundusfm.models.card.referral import REFERRAL
from fundusfm.models.card.results import NAN, Estimate
from fundusfm.report import text
from fundusfm.report.read import CV, Run
from fundusfm.report.tables import PageCell, PageTable, row_header

_FEW = 30
"""With fewer eyes a share says how many they are."""


def referral_table(run: Run) -> PageTable | None:
    """Returns specificity, sensitivity and the sensitivity for each label by set; None where the run has no rule."""
    sets: Mapping[str, Mapping[str, Any]] = run.metrics.get(REFERRAL) or {}
    if not sets:
        return None
    first = next(iter(sets.values()))
    judged = "In cross-validation each eye is judged by thresholds that the other folds chose. " if CV in sets else ""
    table = PageTable(
        "Referral rule: an eye is referred if the score of any label reaches that label's threshold. The thresholds "
        f"were chosen together, for a {first['goal']} of {first['target']:g} of the rule as a whole. {judged}A label's "
        "row is the share of the eyes with it that are referred, for whatever label; in brackets the 95 % interval.",
        ["Eyes", "Threshold", *(text.set_name(name) for name in sets)],
    )
    rows = [
        ("Normal, not referred", "specificity", None),
        ("With any referable label, referred", "sensitivity", None),
        *(
            (f"With {_name(run, label)}, referred", "per_label", label)
            for label in first["thresholds"]
            if label not in run.unknown_labels
        ),
    ]
    for title, key, label in rows:
        cells = [
            table.measured(_estimate(found[key] if label is None else found[key].get(label))) for found in sets.values()
        ]
        threshold = PageCell(text.DASH if label is None else text.number(first["thresholds"][label], 4))
        table.rows.append([row_header(title), threshold, *cells])
    return table


def gain_table(run: Run) -> PageTable | None:
    """Returns what an adaptation gains; None for any other run."""
    gained: Mapping[str, Mapping[str, Mapping[str, Any]]] = run.metrics.get("gain") or {}
    if not gained:
        return None
    table = PageTable(
        "Gain by adaptation. Calibration error (ECE) and Brier score are better where they are lower, specificity and "
        "sensitivity of the referral rule where they are higher. After adaptation each photograph is judged by what "
        "the patients of the other folds fitted; the difference has its 95 % interval by patient in brackets.",
        ["Figure", "Before", "After", "Difference"],
    )
    for label, figures in gained.items():
        whose = "Referral rule" if label == REFERRAL else _name(run, label)
        for metric, found in figures.items():
            before, after = found["before"], found["after"]
            change = Estimate(after - before, _end(found["low"]), _end(found["high"]))
            table.rows.append(
                [
                    row_header(f"{whose}: {text.metric_name(metric)}"),
                    PageCell(text.number(before)),
                    PageCell(text.number(after)),
                    table.measured(change),
                ]
            )
    return table


def _end(value: float | None) -> float:
    return NAN if value is None else value


def _name(run: Run, label: str) -> str:
    name = (run.card.get("label_names") or {}).get(label)
    return f"{name} ({label})" if name else label


def _estimate(found: Mapping[str, Any] | None) -> Estimate:
    if found is None:
        return Estimate(NAN, reason="no such eye in this set")
    count = found.get("positives", _FEW)
    return Estimate(found["value"], found["low"], found["high"], f"{count} eyes only" if count < _FEW else None)
