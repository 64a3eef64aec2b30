"""`agreement.html`: the figures of a review on one page."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from fundusfm.report import text
from fundusfm.report.page import Block, Prose, Section, write_page
from fundusfm.report.tables import PageCell, PageTable

if TYPE_CHECKING:
    from fundusfm.review.consensus.export import ReviewExport


def write_agreement_page(path: Path, found: "ReviewExport") -> Path:
    """Writes the page."""
    sections = [
        Section("changes", "What changed", _changes(found.changes)),
        Section("readers", "Between readers", _readers(found)),
        Section("model", "The model against the readers", _model(found.model)),
        Section("times", "Time per photograph", _times(found.times)),
    ]
    read = int((found.consensus["review.quality"] != "").sum())
    return write_page(
        path, title="Review", subtitle=f"{read} of {len(found.consensus)} photographs read", sections=sections
    )


def _changes(table: pd.DataFrame) -> list[Block]:
    if table.empty:
        return [Prose(["No photograph had a known label before and has one now."])]
    rows = [
        [_name(row["reason"]), _count(row["photographs"]), _count(row["changed"]),
         PageCell(f"{row['share']:.1%}", f"{row['low']:.1%} to {row['high']:.1%}")]
        for row in _rows(table)
    ]  # fmt: skip
    note = (
        "Controls were drawn at random from the photographs that nothing spoke for: they show what reading all others "
        "might find."
    )
    return [
        PageTable("Photographs with another label than before, by why they were read",
                  ["read because", "photographs", "changed", "share"], rows),
        Prose([note]),
    ]  # fmt: skip


def _readers(found: "ReviewExport") -> list[Block]:
    if found.readers.empty:
        return [Prose(["No photograph was read by two readers, so there is no agreement to measure."])]
    rows = [
        [_name(row["label"]), _name(f"{row['reader']}, {row['other']}"), _count(row["photographs"]),
         PageCell(f"{row['agreement']:.1%}"), _measured(row, "kappa")]
        for row in _rows(found.readers)
    ]  # fmt: skip
    said = "Cohen's kappa of readings before the scores were shown; intervals over patients."
    if found.changed_after:
        said += (
            f" {found.changed_after} grades were changed after the scores were seen and count for the consensus alone."
        )
    return [
        PageTable("Agreement", ["label", "readers", "photographs", "agree", "kappa"], rows), Prose([said])
    ]  # fmt: skip


def _model(table: pd.DataFrame) -> list[Block]:
    if table.empty:
        return []
    metrics = ("auroc", "sensitivity", "specificity", "kappa")
    rows = [
        [_name(row["label"]), _name(row["against"]), PageCell(str(row["photographs"]), f"{row['positives']} positive"),
         *(_measured(row, metric) for metric in metrics)]
        for row in _rows(table)
    ]  # fmt: skip
    note = (
        "Measured on the photographs that were read. They were chosen because something spoke for them, so these are "
        "no figures of the model in a clinic."
    )
    head = ["label", "against", "photographs", *(text.metric_name(metric) for metric in metrics)]
    return [PageTable("The model's scores and decisions", head, rows), Prose([note])]


def _times(table: pd.DataFrame) -> list[Block]:
    rows = [
        [_name(row["reader"]), _count(row["photographs"]),
         PageCell(f"{row['median']:.1f} s", f"half between {row['quarter']:.1f} and {row['three_quarters']:.1f} s"),
         PageCell(f"{row['minutes']:.1f}")]
        for row in _rows(table)
    ]  # fmt: skip
    return [
        PageTable(
            "Time in which the photograph was on the screen", ["reader", "photographs", "median", "minutes"], rows
        )
    ]


def _rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(key): value for key, value in row.items()} for row in table.to_dict("records")]


def _measured(row: Mapping[str, Any], metric: str) -> PageCell:
    value, low, high = (row[name] for name in (metric, f"{metric}_low", f"{metric}_high"))
    between = f"[{text.number(low)}, {text.number(high)}]" if text.finite(low) is not None else ""
    return PageCell(text.number(value), between)


def _name(content: str) -> PageCell:
    return PageCell(str(content), numeric=False)


def _count(value: int) -> PageCell:
    return PageCell(str(value))
