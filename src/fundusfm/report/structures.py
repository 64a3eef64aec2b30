"""The part of a run report about segmentation."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from fundusfm.errors import DecodeError
from fundusfm.models.card.results import Estimate
from fundusfm.models.segmentation.structures import ARTERY_VEIN, DISC, LESIONS, VESSELS, WORDS
from fundusfm.parquet import read_parquet
from fundusfm.report import text
from fundusfm.report.curves import GRID, Curve, Kind
from fundusfm.report.figures import pr_figure, roc_figure
from fundusfm.report.images import picture
from fundusfm.report.page import Block, Fact, Gallery, Heading, Picture, Prose
from fundusfm.report.panels import Panels
from fundusfm.report.read import CV, Run
from fundusfm.report.tables import PageTable, row_header

_HEADLINES = {ARTERY_VEIN: "accuracy"} | dict.fromkeys(LESIONS, "auprc_pooled")
_MEANS = (
    "{what} inside the field of view, at the photographs' own size: mean over photographs (and, in cross-validation, "
    "over folds); in brackets the 95 % interval by {unit}. Pooled: over all pixels of a set at once."
)
_MORE = {
    VESSELS: " The second observer is scored against the first in the same way.",
    DISC: " The centre's error is in radii of the drawn disc.",
    ARTERY_VEIN: " On the pixels that were drawn as one of the two; sensitivity is of arteries, specificity of veins.",
} | dict.fromkeys(LESIONS, " A drawn lesion is found, and a found one not false, if they share a pixel.")
_COUNTS = ("n", "patients")
_CURVES: tuple[Kind, ...] = ("roc", "pr")
_ONE_CURVE: tuple[Kind, ...] = ("roc",)
_SHEET_SIDE = 1400


def structure_facts(run: Run) -> list[Fact]:
    """Returns the headline metric of every structure in every set, of vessels beside the second observer's."""
    facts = []
    for name in run.sets if not run.images.empty else ():
        for label, cells in run.results(name).items():
            metric = _HEADLINES.get(label, "dice")
            if cell := cells.get(metric):
                human = _second(run, name, label).get(metric)
                detail = text.interval(cell)
                if metric != "dice" and (dice := cells.get("dice")):
                    detail += f"; Dice {text.number(text.central(dice))}"
                detail += f"; second observer {text.number(text.central(human))}" if human else ""
                shown = f"{text.metric_name(metric)} of {WORDS.get(label, label)}, {text.set_name(name)}"
                facts.append(Fact(shown, text.number(text.central(cell)), detail))
    return facts


def structure_blocks(run: Run, panels: Panels) -> list[Block]:
    """Returns tables, curves and sheets of a run of a segmenter; nothing for any other run."""
    if run.images.empty:
        return []
    blocks: list[Block] = [_table(run, label) for label in run.labels]
    file = run.path / "curves.parquet"
    if file.exists():
        curves = read_parquet(file)
        pictures = [
            _curve(run, panels, part, str(label), kind)
            for label, part in curves.groupby("label", sort=False)
            for kind in (_ONE_CURVE if label == ARTERY_VEIN else _CURVES)
        ]
        blocks += [Heading("Curves over all pixels inside the field of view"), Gallery(pictures, "pairs")]
    sheets = [shown for path in sorted((run.path / "sheets").glob("*.png")) if (shown := _sheet(path))]
    if sheets:
        blocks += [Heading("Hits and errors"), Gallery(sheets, "wide")]
    blocks.append(
        Prose(["Every photograph's scores are in images.parquet, its hits and errors in overlays, in its own pixels."])
    )
    return blocks


def _table(run: Run, label: str) -> PageTable:
    what = text.capital(WORDS.get(label, label))
    table = PageTable(_MEANS.format(what=what, unit=run.unit) + _MORE.get(label, ""), ["Metric"])
    columns: list[Mapping[str, Estimate]] = []
    for name in run.sets:
        if found := run.results(name).get(label):
            count = f", {found['n'].count:.0f} photographs" if "n" in found else ""
            table.head.append(text.capital(text.set_name(name)) + count)
            columns.append(found)
        if human := _second(run, name, label):
            table.head.append(f"Second observer, {text.set_name(name)}")
            columns.append(human)
    metrics = dict.fromkeys(metric for column in columns for metric in column if metric not in _COUNTS)
    for metric in metrics:
        cells = [table.measured(column.get(metric)) for column in columns]
        table.rows.append([row_header(text.metric_name(metric)), *cells])
    return table


def _second(run: Run, name: str, label: str) -> Mapping[str, Estimate]:
    return (run.all_results.second_observer or {}).get(name, {}).get(label, {})


def _curve(run: Run, panels: Panels, curves: pd.DataFrame, label: str, kind: Kind) -> Picture:
    draw, metric, title = {
        "roc": (roc_figure, "auroc_pooled", "ROC curve"),
        "pr": (pr_figure, "auprc_pooled", "Precision-recall curve"),
    }[kind]
    title = f"{title}, {WORDS.get(label, label)}"
    drawn = []
    for name, part in curves.groupby("set", sort=False):
        if kind == "roc":
            y = np.interp(GRID, 1 - part["specificity"], part["sensitivity"])
        else:
            known = part[part["precision"].notna()]
            y = np.interp(GRID, known["sensitivity"], known["precision"])
        cell = run.results(str(name)).get(label, {}).get(metric)
        area = text.with_interval(cell) if cell else ""
        shown = "out of fold" if name == CV else str(name)
        drawn.append(Curve(shown, kind, y, y, y, prevalence=float(part["prevalence"].iloc[0]), area=area))
    numbers = pd.concat([curve.frame() for curve in drawn], ignore_index=True)
    areas = "; ".join(f"{curve.name} {curve.area}".strip() for curve in drawn)
    return panels.picture(draw(drawn, title=title), f"{kind}_{label}", numbers, alt=f"{title}: {areas}.", caption="")


def _sheet(path: Path) -> Picture | None:
    try:
        source = picture(path, longest=_SHEET_SIDE)
    except DecodeError:  # a report shows what is there
        return None
    return Picture(source, f"Photographs of {path.stem} with hits and errors.", "")
