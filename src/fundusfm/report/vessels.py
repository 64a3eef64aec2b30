"""The part of a run report that shows how vessels were segmented."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from fundusfm.errors import DecodeError
from fundusfm.models.card.results import Estimate
from fundusfm.parquet import read_parquet
from fundusfm.report import text
from fundusfm.report.curves import GRID, Curve, Kind
from fundusfm.report.figures import pr_figure, roc_figure
from fundusfm.report.images import picture
from fundusfm.report.page import Block, Fact, Gallery, Heading, Picture, Prose
from fundusfm.report.panels import Panels
from fundusfm.report.read import CV, Run
from fundusfm.report.tables import PageTable, row_header

LABEL = "vessels"
_METRICS = ("dice", "cldice", "mcc", "auroc", "auroc_pooled", "auprc", "auprc_pooled", "sensitivity", "specificity",
            "accuracy")  # fmt: skip
_SHEET_SIDE = 1400


def vessel_facts(run: Run) -> list[Fact]:
    """Returns the Dice of every set, beside the second observer's."""
    facts = []
    for name in run.sets:
        cell = run.results(name).get(LABEL, {}).get("dice")
        if cell:
            human = _second(run, name).get("dice")
            detail = text.interval(cell) + (f"; second observer {text.number(text.central(human))}" if human else "")
            facts.append(Fact(f"Dice, {text.set_name(name)}", text.number(text.central(cell)), detail))
    return facts


def vessel_blocks(run: Run, panels: Panels) -> list[Block]:
    """Returns table, curves and sheets of a vessel run; nothing for any other run."""
    images = run.images
    if images.empty:
        return []
    blocks: list[Block] = [_table(run, images)]
    file = run.path / "curves.parquet"
    if file.exists():
        curves = read_parquet(file)
        blocks += [
            Heading("Curves over all pixels inside the field of view"),
            Gallery([_curve(run, panels, curves, kind) for kind in ("roc", "pr")], "pairs"),
        ]
    sheets = [shown for path in sorted((run.path / "sheets").glob("*.png")) if (shown := _sheet(path))]
    if sheets:
        blocks += [Heading("Hits and errors"), Gallery(sheets, "wide")]
    blocks.append(
        Prose(["Every photograph's scores are in images.parquet, its hits and errors in overlays, in its own pixels."])
    )
    return blocks


def _table(run: Run, images: pd.DataFrame) -> PageTable:
    table = PageTable(
        "Vessels inside the field of view, at the photographs' own size: mean over photographs (and, in "
        "cross-validation, over folds); in brackets the 95 % interval by "
        f"{run.unit}. The second observer is "
        "scored against the first in the same way. Pooled: over all pixels of a set at once.",
        ["Metric"],
    )
    columns = []
    for name in run.sets:
        count = int((images["set"] == name).sum())
        table.head.append(f"{text.capital(text.set_name(name))}, {count} photographs")
        columns.append(run.results(name).get(LABEL, {}))
        if _second(run, name):
            table.head.append(f"Second observer, {text.set_name(name)}")
            columns.append(_second(run, name))
    for metric in _METRICS:
        if any(metric in column for column in columns):
            cells = [table.measured(column.get(metric)) for column in columns]
            table.rows.append([row_header(text.metric_name(metric)), *cells])
    return table


def _second(run: Run, name: str) -> Mapping[str, Estimate]:
    return (run.all_results.second_observer or {}).get(name, {}).get(LABEL, {})


def _curve(run: Run, panels: Panels, curves: pd.DataFrame, kind: Kind) -> Picture:
    draw, metric, title = {
        "roc": (roc_figure, "auroc_pooled", "ROC curve"),
        "pr": (pr_figure, "auprc_pooled", "Precision-recall curve"),
    }[kind]
    drawn = []
    for name, part in curves.groupby("set", sort=False):
        if kind == "roc":
            y = np.interp(GRID, 1 - part["specificity"], part["sensitivity"])
        else:
            known = part[part["precision"].notna()]
            y = np.interp(GRID, known["sensitivity"], known["precision"])
        cell = run.results(str(name)).get(LABEL, {}).get(metric)
        area = text.with_interval(cell) if cell else ""
        shown = "out of fold" if name == CV else str(name)
        drawn.append(Curve(shown, kind, y, y, y, prevalence=float(part["prevalence"].iloc[0]), area=area))
    numbers = pd.concat([curve.frame() for curve in drawn], ignore_index=True)
    areas = "; ".join(f"{curve.name} {curve.area}".strip() for curve in drawn)
    return panels.picture(draw(drawn, title=title), f"{kind}_vessels", numbers, alt=f"{title}: {areas}.", caption="")


def _sheet(path: Path) -> Picture | None:
    try:
        source = picture(path, longest=_SHEET_SIDE)
    except DecodeError:  # a report shows what is there
        return None
    return Picture(source, f"Photographs of {path.stem} with hits and errors.", "")
