"""The figures: each takes numbers and returns a matplotlib `Figure` that belongs to no global state."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from fundusfm.report.curves import GRID, Curve
from fundusfm.report.style import (
    HAIRLINE,
    INK,
    MUTED,
    NEGATIVE,
    POSITIVE,
    TEXT_SIZE,
    Look,
    bare,
    label,
    legend,
    legend_below,
    looks,
    new_figure,
    nothing,
)

_SQUARE = (3.7, 3.7)
_FAINT = (0, (2, 3))
_ONE_CLASS = "No curve: only one class is present"


def roc_figure(curves: Sequence[Curve], *, title: str = "", style: Mapping[str, Look] | None = None) -> Figure:
    """Draws ROC curves with bands; a single curve also shows its folds as thin lines."""
    figure, axes = new_figure(*_SQUARE)
    axes.plot([0, 1], [0, 1], color=MUTED, linewidth=0.8, linestyle=_FAINT)
    _draw(axes, curves, style)
    label(axes, title=title, x="1 − specificity", y="Sensitivity")
    legend_below(figure, axes, title=_legend_title("AUROC", curves))
    return figure


def pr_figure(curves: Sequence[Curve], *, title: str = "", style: Mapping[str, Look] | None = None) -> Figure:
    """Draws precision-recall curves with bands; the dotted line is the prevalence, what chance reaches."""
    figure, axes = new_figure(*_SQUARE)
    for prevalence in sorted({round(item.prevalence, 3) for item in curves}):
        axes.axhline(prevalence, color=MUTED, linewidth=0.8, linestyle=_FAINT)
    _draw(axes, curves, style)
    label(axes, title=title, x="Recall (sensitivity)", y="Precision (positive predictive value)")
    legend_below(figure, axes, title=_legend_title("AUPRC", curves))
    return figure


def _legend_title(area: str, curves: Sequence[Curve]) -> str | None:
    return f"{area} [95 % interval]" if any(item.area for item in curves) else None


def _draw(axes: Axes, curves: Sequence[Curve], style: Mapping[str, Look] | None) -> None:
    style = style or looks(item.name for item in curves)
    for item in curves:
        look = style[item.name]
        if len(curves) == 1:
            for values in item.folds.values():
                axes.plot(GRID, values, color=look.colour, linewidth=0.6, alpha=0.55)
        axes.fill_between(
            GRID, item.low, item.high, color=look.colour, alpha=0.22 if len(curves) == 1 else 0.13, linewidth=0
        )
        axes.plot(
            GRID,
            item.y,
            color=look.colour,
            linestyle=look.dash,
            linewidth=1.7,
            label=f"{item.name}  {item.area}".strip(),
        )
    if not curves:
        nothing(axes, _ONE_CLASS)
    axes.set(xlim=(-0.01, 1.01), ylim=(-0.01, 1.02), box_aspect=1)


def calibration_figure(
    tables: Mapping[str, pd.DataFrame], *, title: str = "", style: Mapping[str, Look] | None = None
) -> Figure:
    """Draws a reliability diagram: one series per entry, with Wilson intervals when there are at most two.

    Args:
        tables: Series name to the table of `curves.reliability`.
        title: Title above the axes.
        style: Look of each series in the whole report; else the looks of these alone.
    """
    figure, axes = new_figure(*_SQUARE)
    axes.plot([0, 1], [0, 1], color=MUTED, linewidth=0.8, linestyle=_FAINT)
    style = style or looks(tables)
    drawn = False
    for name, table in tables.items():
        if table.empty:
            continue
        look, drawn = style[name], True
        if len(tables) <= 2:
            axes.vlines(table["predicted"], table["low"], table["high"], color=look.colour, linewidth=1.0, alpha=0.55)
        axes.plot(
            table["predicted"],
            table["observed"],
            color=look.colour,
            linestyle=look.dash,
            marker=look.marker,
            markersize=4,
            linewidth=1.3,
            label=name,
        )
    if not drawn:
        nothing(axes, "No predictions with a known label")
    axes.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02), box_aspect=1)
    label(axes, title=title, x="Predicted probability", y="Observed frequency")
    legend_below(figure, axes)
    return figure


def score_figure(rows: pd.DataFrame, *, thresholds: Mapping[str, float] | None = None, title: str = "") -> Figure:
    """Draws how the uncalibrated scores of positives and negatives are distributed.

    Args:
        rows: Predictions of one label and one set: `truth` and `score` (0 to 1).
        thresholds: Operating point to threshold, drawn as vertical lines.
        title: Title above the axes.
    """
    figure, axes = new_figure(*_SQUARE)
    known = rows[rows["truth"].notna()]
    edges = np.linspace(0, 1, 26)
    for truth, name, colour in ((0, "negative", NEGATIVE), (1, "positive", POSITIVE)):
        part = known.loc[known["truth"] == truth, "score"].to_numpy(dtype=float)
        if len(part):
            density = np.histogram(part, edges)[0] / len(part)
            axes.stairs(density, edges, fill=True, color=colour, alpha=0.25)
            axes.stairs(density, edges, color=colour, linewidth=1.2, label=f"{name} (n = {len(part)})")
    for name, threshold in (thresholds or {}).items():
        axes.axvline(threshold, color=INK, linewidth=0.9, linestyle=_FAINT)
        axes.annotate(
            name,
            (threshold, 0.98),
            xycoords=("data", "axes fraction"),
            rotation=90,
            va="top",
            ha="right",
            fontsize=TEXT_SIZE - 1.5,
            color=INK,
            bbox={"facecolor": "white", "alpha": 0.7, "edgecolor": "none", "pad": 0.5},
        )
    if known.empty:
        nothing(axes, "No predictions with a known label")
    axes.set_xlim(0, 1)
    axes.set_ylim(bottom=0)
    label(axes, title=title, x="Score", y="Share of the class")
    legend_below(figure, axes)
    return figure


def learning_curve_figure(history: pd.DataFrame, *, title: str = "") -> Figure:
    """Draws loss (training, validation) and validation AUROC by epoch, below each other.

    Args:
        history: `epoch`, and any of `train_loss`, `val_loss`, `val_auroc`; a column `fold` gives thin lines
            per fold and their mean.
        title: Title above the upper axes.
    """
    figure = Figure(figsize=(5.4, 4.4), layout="constrained")
    upper, lower = figure.subplots(2, 1, sharex=True)
    bare(upper)
    bare(lower)
    for axes, columns in ((upper, {"train_loss": NEGATIVE, "val_loss": POSITIVE}), (lower, {"val_auroc": POSITIVE})):
        for column, colour in columns.items():
            if column not in history or history[column].isna().all():
                continue
            values = history.dropna(subset=[column])
            if "fold" in values:
                for _, part in values.groupby("fold"):
                    axes.plot(part["epoch"], part[column], color=colour, linewidth=0.6, alpha=0.5)
            mean = values.groupby("epoch")[column].mean()
            axes.plot(
                mean.index,
                mean.to_numpy(),
                color=colour,
                linewidth=1.6,
                marker="o",
                markersize=3,
                label={"train_loss": "training", "val_loss": "validation"}.get(column),
            )
    if "fold" not in history and "val_auroc" in history and history["val_auroc"].notna().any():
        best = history.iloc[int(history["val_auroc"].argmax())]
        lower.plot(best["epoch"], best["val_auroc"], marker="o", markersize=8, markerfacecolor="none", color=INK)
        lower.annotate(
            f"best {best['val_auroc']:.3f}",
            (best["epoch"], best["val_auroc"]),
            xytext=(0, -16),
            textcoords="offset points",
            fontsize=TEXT_SIZE,
            color=INK,
            ha="center",
        )
    lower.xaxis.get_major_locator().set_params(integer=True)
    label(upper, title=title, y="Loss")
    label(lower, x="Epoch", y="Validation AUROC")
    legend(upper)
    return figure


@dataclass(frozen=True)
class IntervalRow:
    """One row of an interval figure: a value (0 to 1) with its 95 % interval."""

    strategy: str
    method: str
    value: float
    low: float
    high: float


def interval_figure(
    panels: Mapping[str, Sequence[IntervalRow]],
    *,
    measure: str = "AUROC",
    title: str = "",
    style: Mapping[str, Look] | None = None,
) -> Figure:
    """Draws values with intervals (a forest plot): strategies as rows, one panel per set, LF hollow and FF filled.

    Args:
        panels: Panel title, such as `cross-validation` or an external set's name, to its rows.
        measure: Name of the shared horizontal axis.
        title: Title above all panels.
        style: Look of each strategy in the whole report; else the looks of these alone.
    """
    figure = Figure(figsize=(2.2 + 2.4 * max(1, len(panels)), 2.7), layout="constrained")
    every = [row for rows in panels.values() for row in rows]
    strategies = list(dict.fromkeys(row.strategy for row in every))
    style = style or looks(strategies)
    all_axes = figure.subplots(1, max(1, len(panels)), sharex=True, sharey=True, squeeze=False)[0]
    shift = {"LF": -0.16, "FF": 0.16} if len({row.method for row in every}) > 1 else {}
    for axes, (name, rows) in zip(all_axes, panels.items(), strict=False):
        bare(axes)
        axes.grid(False, axis="y")
        for row in rows:
            if not np.isfinite(row.value):
                continue
            look, y = style[row.strategy], strategies.index(row.strategy) + shift.get(row.method, 0.0)
            if np.isfinite(row.low) and np.isfinite(row.high):
                axes.hlines(y, row.low, row.high, color=look.colour, linewidth=1.6)
            axes.plot(
                row.value,
                y,
                marker=look.marker,
                color=look.colour,
                markersize=5.5,
                markerfacecolor="white" if row.method == "LF" else look.colour,
            )
        label(axes, title=name, x=measure)
    all_axes[0].set_yticks(range(len(strategies)), strategies)
    all_axes[0].set_ylim(max(len(strategies), 1) - 0.5, -0.5)
    if shift:
        handles = [
            all_axes[-1].plot(
                [], [], marker="o", linestyle="none", color=INK, markersize=5, markerfacecolor=face, label=name
            )[0]
            for name, face in (("linear probe (LF)", "white"), ("fine-tuning (FF)", INK))
        ]
        figure.legend(
            handles=handles,
            loc="outside lower center",
            ncols=2,
            fontsize=TEXT_SIZE - 0.5,
            frameon=False,
            labelcolor=INK,
        )
    if title:
        figure.suptitle(title, x=0.01, ha="left", fontsize=TEXT_SIZE + 1, color=INK, fontweight="bold")
    if not every:
        nothing(all_axes[0], "No results")
    for axes in all_axes:
        axes.tick_params(axis="y", length=0)
        for y in range(len(strategies)):
            axes.axhline(y + 0.5, color=HAIRLINE, linewidth=0.5)
    return figure
