"""Tables of paired tests of two runs on the same images."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from fundusfm.errors import EvaluationError
from fundusfm.evaluation.compare import compare
from fundusfm.evaluation.paired import holm, is_least_p
from fundusfm.evaluation.protocol import MACRO
from fundusfm.models.card.results import Estimate
from fundusfm.report import text
from fundusfm.report.read import Run, shared_unit
from fundusfm.report.style import Look, strategy_order
from fundusfm.report.tables import PageCell, PageTable, counted, row_header, words

_HEAD = ["Difference in AUROC", "p", "p, corrected", "p, DeLong"]
_LEGEND = (
    "Difference and p from resampled {unit}; in cross-validation of the mean over folds. Corrected: Holm, over the "
    "tests of this table. DeLong's test takes images as independent, which two eyes of a patient are not; where the "
    "two disagree, trust the bootstrap."
)


def paired_table(run: Run) -> PageTable | None:
    """Returns the tests that a run holds against another, or None where it holds none."""
    tests: Mapping[str, Mapping[str, Any]] = run.metrics.get("paired") or {}
    against = run.config.get("against")
    table = PageTable(
        f"Paired tests on shared images: this run less {against or 'the other run'}.",
        ["Set", "Label", *_HEAD],
        legend=_LEGEND.format(unit=run.unit),
    )
    entries = [(name, label, entry) for name, labels in tests.items() for label, entry in labels.items()]
    for name, label, entry in entries:
        title = "mean over labels" if label == MACRO else label
        table.rows.append([row_header(text.set_name(name)), words(title), *_tested(table, entry)])
    _correct(table, [entry for _, _, entry in entries])
    return table if table.rows else None


def paired_tests(task: str, runs: Mapping[str, Mapping[str, Run]], style: Mapping[str, Look]) -> PageTable | None:
    """Tests the strategy that saw most against each of the others, for one task.

    Args:
        task: For the caption.
        runs: Method to strategy to run. The reference is the last strategy in the natural order, whatever it reached:
            choosing the best one afterwards would make its p too small.
        style: Look of each strategy.

    Returns:
        None where there is nothing to compare with.
    """
    references = {method: max(found, key=strategy_order) for method, found in runs.items()}
    table = PageTable(
        f"{task}: paired tests of {' and '.join(dict.fromkeys(references.values()))} against the other strategies, on "
        "the same images. Above zero, it is better than they are.",
        ["Against", "Set", "Images", *_HEAD],
        legend=_LEGEND.format(unit=shared_unit(run for found in runs.values() for run in found.values())),
    )
    entries: list[Mapping[str, Any] | None] = []
    for method, found in runs.items():
        reference = found[references[method]]
        for strategy, run in found.items():
            if run is reference:
                continue
            header = row_header(strategy, text.method_name(method), style[strategy].colour)
            try:
                rows = compare(reference.predictions, run.predictions)
            except EvaluationError as error:
                table.rows.append([header, PageCell(str(error), numeric=False, span=len(table.head) - 1)])
                entries.append(None)
                continue
            several = {row.set for row in rows if row.label == MACRO}
            for row in rows:
                if row.set in several and row.label != MACRO:
                    continue
                entry = asdict(row)
                images = counted(row.images)
                table.rows.append([header, words(text.set_name(row.set)), images, *_tested(table, entry)])
                entries.append(entry)
    _correct(table, entries)
    return table if table.rows else None


def _tested(table: PageTable, entry: Mapping[str, Any]) -> list[PageCell]:
    drawn = entry.get("bootstrap") or {}
    reason = None if entry.get("positives") is None else entry.get("reason")
    difference = PageCell(
        text.number(drawn.get("difference"), signed=True), text.interval(Estimate.read(drawn)), table.note(reason)
    )
    return [
        difference,
        PageCell(_by_resampling(drawn.get("p"), drawn.get("p"))),
        PageCell(text.DASH),
        PageCell(text.p_value(entry.get("p"))),
    ]


def _correct(table: PageTable, entries: list[Mapping[str, Any] | None]) -> None:
    """Fills in the corrected p values, which depend on all tests of the table."""
    tested = [text.finite(((entry or {}).get("bootstrap") or {}).get("p")) for entry in entries]
    corrected = holm([float("nan") if p is None else p for p in tested])
    for row, p, known in zip(table.rows, corrected, tested, strict=True):
        if known is not None:
            row[-2] = PageCell(_by_resampling(p, known))


def _by_resampling(p: float | None, uncorrected: float | None) -> str:
    return text.p_value(p, at_most=uncorrected is not None and is_least_p(uncorrected))
