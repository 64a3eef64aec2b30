"""The figures of sizes and fractions as exhibits, and the read-out of saved labels."""

from collections.abc import Iterator, Mapping

import pandas as pd

from fundusfm.evaluation.protocol import MACRO
from fundusfm.report import text
from fundusfm.report.style import Look
from fundusfm.study.exhibits.exhibit import Exhibit
from fundusfm.study.exhibits.label_saving import label_saving, label_saving_table
from fundusfm.study.exhibits.lines import line_figure

_CELLS = ["task", "method", "backbone"]


def size_figures(rows: pd.DataFrame, style: Mapping[str, Look]) -> Iterator[Exhibit]:
    """Yields Figure 2A for every task and method that was run at several sizes on all patients.

    All networks are in one figure. Where a strategy was run with several backbones, each backbone has a figure, and
    the figures have the same axes.

    Args:
        rows: Whole-set AUROCs.
        style: Look of each strategy in the whole report.
    """
    full = _summary_label(rows[rows["fraction"] == 1])
    for (task, method), found in full.groupby(["task", "method"], sort=False):
        sizes = sorted(set(found["size"]))
        if len(sizes) < 2:
            continue
        several = found.groupby("strategy")["backbone"].nunique().max() > 1
        for backbone, part in found.groupby("backbone", sort=False) if several else [("", found)]:
            what = [str(method), str(backbone)] if several else [str(method)]
            figure = line_figure(
                part, "size", log=False, name="Input size (px)", ticks=sizes, style=style, limits=_limits(found)
            )
            title = f"Figure 2A. {text.capital(str(task))}, {', '.join(what)}: AUROC against input size"
            yield Exhibit(
                "-".join(["figure-2a", str(task), *what]),
                title,
                part,
                figure=figure,
                text=["Bands are 95 % intervals by patient."],
                alt=f"{title}; the numbers are in the CSV file of the same name.",
            )


def _limits(rows: pd.DataFrame) -> tuple[float, float]:
    """Returns the ends of an axis on which all values and intervals find room."""
    low, high = float(rows[["value", "low"]].min().min()), float(rows[["value", "high"]].max().max())
    margin = 0.05 * max(high - low, 0.02)
    return low - margin, high + margin


def fraction_figures(
    rows: pd.DataFrame, style: Mapping[str, Look], *, number: str = "2C", measure: str = "AUROC"
) -> Iterator[Exhibit]:
    """Yields Figure 2C, or 4, for every task, method, backbone and size that was run at several fractions.

    Args:
        rows: Whole-set values.
        style: Look of each strategy in the whole report.
        number: Number of the figure.
        measure: Metric that is shown.
    """
    for (task, method, backbone, size), part in _summary_label(rows).groupby([*_CELLS, "size"], sort=False):
        fractions = sorted(set(part["fraction"]))
        if len(fractions) > 1:
            shown = part.assign(percent=part["fraction"] * 100)
            ticks = [fraction * 100 for fraction in fractions]
            figure = line_figure(
                shown,
                "percent",
                log=True,
                name="Training patients used (%)",
                ticks=ticks,
                style=style,
                measure=measure,
            )
            what = f"{text.capital(str(task))}, {method}, {backbone}, {size} px"
            title = f"Figure {number}. {what}: {measure} against the share of labels"
            yield Exhibit(
                f"figure-{number.lower()}-{task}-{method}-{backbone}-{size}px",
                title,
                shown,
                figure=figure,
                text=[
                    "Shares are nested: the patients of a smaller one are part of each larger one. Bands "
                    "are 95 % intervals by patient."
                ],
                alt=f"{title}; the numbers are in the CSV file of the same name.",
            )


def label_saving_exhibit(
    rows: pd.DataFrame, *, id: str = "label-saving", title: str = "Labels saved"
) -> Exhibit | None:
    """Returns the read-out over all curves of fractions, or None where there are none.

    Args:
        rows: Whole-set values.
        id: Name of the exhibit.
        title: Heading of the exhibit.
    """
    found = []
    keys = [*_CELLS, "size", "set", "label"]
    for values, part in _summary_label(rows).groupby(keys, sort=False):
        if part["fraction"].nunique() > 1:
            saving = label_saving(part)
            for key, value in zip(keys, values, strict=True):
                saving[key] = str(value)
            found.append(saving)
    numbers = pd.concat(found, ignore_index=True) if found else pd.DataFrame()
    if numbers.empty:
        return None
    return Exhibit(id, title, numbers, table=label_saving_table(numbers))


def _summary_label(rows: pd.DataFrame) -> pd.DataFrame:
    """Keeps the mean over labels where a task has several, else its label."""
    several = rows.groupby("task")["label"].transform(lambda labels: (labels == MACRO).any())
    return rows[(rows["label"] == MACRO) | ~several]
