"""The confusion matrix of a multiclass run."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from numpy.typing import NDArray

from fundusfm.evaluation.table import table
from fundusfm.evaluation.units import OVERALL
from fundusfm.report.read import Run
from fundusfm.report.style import INK, MUTED, TEXT_SIZE
from fundusfm.report.text import short

_CELL = 0.5  # inches
_MOST_WITH_COUNTS = 25
_LONGEST_NAME = 28


@dataclass(frozen=True)
class Confusion:
    """Photographs by true and by predicted class.

    Attributes:
        classes: Names, in the order of both axes.
        counts: (classes, classes) photographs; rows are true classes, columns are predicted ones.
    """

    classes: Sequence[str]
    counts: NDArray[np.int64]

    @property
    def shares(self) -> NDArray[np.float64]:
        """(classes, classes) share of each true class, 0 to 1; NaN in the row of a class without photographs."""
        totals = self.counts.sum(axis=1, keepdims=True)
        shares = np.full(self.counts.shape, np.nan)
        np.divide(self.counts, totals, out=shares, where=totals > 0)
        return shares

    @property
    def accuracy(self) -> float:
        """Share of all photographs on the diagonal, 0 to 1."""
        return float(np.trace(self.counts) / self.counts.sum())

    def frame(self) -> pd.DataFrame:
        """Returns one row per cell: `truth`, `predicted`, `count`, `share`."""
        cells = [(one, two) for one in range(len(self.classes)) for two in range(len(self.classes))]
        return pd.DataFrame(
            {
                "truth": [self.classes[one] for one, _ in cells],
                "predicted": [self.classes[two] for _, two in cells],
                "count": self.counts.ravel(),
                "share": self.shares.ravel(),
            }
        )


def confusion(run: Run, name: str) -> Confusion | None:
    """Counts the photographs of one set by true class and by the class of the highest score.

    Args:
        run: In cross-validation every photograph counts once, out of fold.
        name: The set.

    Returns:
        None for any other task, and where no photograph's class is known.
    """
    if OVERALL not in run.results(name):
        return None
    found = table(run.predictions, name)
    known = ~np.isnan(found.truth).any(axis=1) & ~np.isnan(found.score).any(axis=1)
    classes = len(found.labels)
    if not known.any():
        return None
    actual, called = found.truth[known].argmax(axis=1), found.score[known].argmax(axis=1)
    counts = np.bincount(actual * classes + called, minlength=classes * classes).reshape(classes, classes)
    order = _order(found.labels)
    return Confusion([found.labels[index] for index in order], counts[np.ix_(order, order)])


def confusion_figure(matrix: Confusion, *, title: str = "") -> Figure:
    """Draws the matrix: shade and second line are the share of the true class, the first line is the count."""
    size = len(matrix.classes)
    names = [short(name, _LONGEST_NAME) for name in matrix.classes]
    room = 0.075 * max(len(name) for name in names)
    side = max(_CELL if size <= _MOST_WITH_COUNTS else 0.2, 2.4 / size) * size
    figure = Figure(figsize=(side + room + 1.3, side + room + 0.7), layout="constrained")
    axes = figure.add_subplot()
    shares = matrix.shares
    drawn = axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    if size <= _MOST_WITH_COUNTS:
        for (row, column), count in np.ndenumerate(matrix.counts):
            if count:
                axes.text(
                    column,
                    row,
                    f"{count}\n{shares[row, column]:.0%}",
                    ha="center",
                    va="center",
                    fontsize=TEXT_SIZE - 1.5,
                    color="white" if shares[row, column] > 0.55 else INK,
                )
    axes.set_xticks(range(size), names, rotation=90 if max(map(len, names)) > 4 else 0, fontsize=TEXT_SIZE - 0.5)
    axes.set_yticks(range(size), names, fontsize=TEXT_SIZE - 0.5)
    axes.tick_params(length=0, labelcolor=INK)
    axes.spines[:].set_visible(False)
    axes.set_xlabel("Predicted class", fontsize=TEXT_SIZE, color=INK)
    axes.set_ylabel("True class", fontsize=TEXT_SIZE, color=INK)
    if title:
        axes.set_title(title, fontsize=TEXT_SIZE + 1, color=INK, loc="left", fontweight="bold")
    bar = figure.colorbar(drawn, ax=axes, fraction=0.04, pad=0.02, ticks=[0, 0.5, 1])
    bar.ax.set_yticklabels(["0 %", "50 %", "100 %"], fontsize=TEXT_SIZE - 1, color=MUTED)
    bar.outline.set_visible(False)
    bar.ax.tick_params(length=0)
    return figure


def _order(labels: Sequence[str]) -> list[int]:
    """Grades in the order of their numbers, any other classes as they come."""
    try:
        return sorted(range(len(labels)), key=lambda index: float(labels[index]))
    except ValueError:
        return list(range(len(labels)))
