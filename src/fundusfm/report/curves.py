"""ROC, precision-recall and reliability curves with their bands, as numbers; `figures.py` draws them.

Cross-validation gives one curve per fold, averaged vertically (Fawcett 2006, "An introduction to ROC analysis",
section 8.1) with a band of one standard deviation. An external set gives one curve and a band of 95 % from
resampled patients, since two eyes of one patient are not independent.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fundusfm.evaluation.few import FEW, count

Array = NDArray[np.float64]
Kind = Literal["roc", "pr"]
KINDS: tuple[Kind, ...] = ("roc", "pr")

GRID: Array = np.linspace(0.0, 1.0, 101)
_INTERVAL = (2.5, 97.5)


@dataclass(frozen=True)
class Curve:
    """A curve on the shared grid of 101 abscissas: false-positive rate (roc) or recall (pr), all 0 to 1."""

    name: str
    kind: Kind
    y: Array
    low: Array
    high: Array
    folds: dict[int, Array] = field(default_factory=dict)
    prevalence: float = float("nan")
    band: str = ""
    area: str = ""

    def frame(self) -> pd.DataFrame:
        """The numbers behind the drawing, one row per abscissa."""
        x, y = ("false_positive_rate", "true_positive_rate") if self.kind == "roc" else ("recall", "precision")
        columns = {"curve": self.name, x: GRID, y: self.y, "low": self.low, "high": self.high}
        return pd.DataFrame(columns | {f"fold_{fold}": values for fold, values in self.folds.items()})


def curve(
    rows: pd.DataFrame, kind: Kind, *, name: str, area: str = "", repeats: int = 200, seed: int = 0
) -> Curve | None:
    """Computes the curve of one label on one set of predictions.

    Args:
        rows: Predictions of one label and one set: `truth` (0, 1 or NaN), `score`, `fold` (-1 where there
            are none), `patient`.
        kind: `roc` or `pr`.
        name: Name in the legend.
        area: The area with its interval, as text for the legend.
        repeats: Resamplings of the patients for an external set's band.
        seed: Seed of the resampling.

    Returns:
        The curve, or None where one of the two classes is absent. It has no band in an external set with fewer than ten
        patients of a class.
    """
    known = rows[rows["truth"].notna()]
    truth = known["truth"].to_numpy(dtype=float)
    if not 0 < truth.sum() < len(truth):
        return None
    prevalence = float(truth.mean())
    folds: dict[int, Array] = {}
    for fold, part in known[known["fold"] >= 0].groupby("fold"):
        positives = part["truth"].sum()
        if 0 < positives < len(part):
            sweep = _sweep(part["truth"].to_numpy(dtype=float), part["score"].to_numpy(dtype=float))
            folds[int(str(fold))] = _on_grid(kind, *sweep(np.ones(len(part))))
    if len(folds) >= 2:
        stack = np.stack(list(folds.values()))
        mean, spread = stack.mean(axis=0), stack.std(axis=0, ddof=1)
        return Curve(
            name,
            kind,
            mean,
            np.clip(mean - spread, 0, 1),
            np.clip(mean + spread, 0, 1),
            folds,
            prevalence,
            f"mean ± SD over {len(folds)} folds",
            area,
        )
    sweep = _sweep(truth, known["score"].to_numpy(dtype=float))
    middle = _on_grid(kind, *sweep(np.ones(len(known))))
    groups = row_groups(known["patient"])
    counts = count(truth, groups)
    if min(counts.positives, counts.negatives) < FEW:  # resamples of so few would draw a band that is too narrow
        none = np.full_like(middle, np.nan)
        return Curve(name, kind, middle, none, none, {}, prevalence, f"no band: fewer than {FEW} of a class", area)
    low, high = _bootstrap_band(kind, sweep, truth, groups, repeats, seed)
    unit = "patients" if (known["patient"].fillna("") != "").any() else "photographs"
    return Curve(name, kind, middle, low, high, {}, prevalence, f"95 % band, {unit} resampled", area)


def _sweep(truth: Array, score: Array) -> Callable[[Array], tuple[Array, Array]]:
    """Sorts once; the returned function sweeps the threshold for given row weights, quickly enough to resample."""
    order = np.argsort(-score, kind="stable")
    positive = truth[order]
    last_of_ties = np.append(np.flatnonzero(np.diff(score[order])), len(score) - 1)

    def weighted(weights: Array) -> tuple[Array, Array]:
        sorted_weights = weights[order]
        true_positives = np.cumsum(sorted_weights * positive)[last_of_ties]
        false_positives = np.cumsum(sorted_weights * (1 - positive))[last_of_ties]
        return false_positives, true_positives

    return weighted


def _on_grid(kind: Kind, false_positives: Array, true_positives: Array) -> Array:
    recall = true_positives / true_positives[-1]
    if kind == "roc":
        rate = false_positives / false_positives[-1]
        return np.asarray(np.interp(GRID, np.append(0.0, rate), np.append(0.0, recall)), dtype=np.float64)
    # Between two thresholds precision is not linear in recall (Davis and Goadrich 2006): take the next reached point.
    with np.errstate(invalid="ignore"):
        precision = true_positives / (true_positives + false_positives)
    reached = np.searchsorted(recall, np.maximum(GRID, 1e-9), side="left")
    result: Array = precision[np.minimum(reached, len(precision) - 1)]
    return result


def _bootstrap_band(
    kind: Kind,
    sweep: Callable[[Array], tuple[Array, Array]],
    truth: Array,
    codes: NDArray[np.int64],
    repeats: int,
    seed: int,
) -> tuple[Array, Array]:
    count = int(codes.max()) + 1
    random = np.random.default_rng(seed)
    drawn = []
    for _ in range(repeats):
        weights = random.multinomial(count, np.full(count, 1 / count)).astype(float)[codes]
        if 0 < (weights * truth).sum() < weights.sum():
            drawn.append(_on_grid(kind, *sweep(weights)))
    low, high = np.percentile(np.stack(drawn), _INTERVAL, axis=0)
    return low, high


def row_groups(patients: pd.Series) -> NDArray[np.int64]:
    """Numbers the patients from 0; a row without a patient is a patient of its own."""
    known = patients.fillna("").astype(str)
    names = known.where(known != "", "row-" + pd.Series(np.arange(len(known)).astype(str), index=known.index))
    codes, _ = pd.factorize(names)
    return codes.astype(np.int64)


def reliability(rows: pd.DataFrame, column: str, *, bins: int = 10) -> pd.DataFrame:
    """Observed frequency against mean prediction in bins of equal count.

    Args:
        rows: Predictions of one label and one set.
        column: `score` or `probability`.
        bins: At most so many bins; ties stay together.

    Returns:
        One row per bin: `predicted`, `observed`, `low`, `high` (Wilson's 95 % interval, 1927), `count`.
    """
    known = rows[rows["truth"].notna() & rows[column].notna()]
    if known.empty:
        return pd.DataFrame(columns=["predicted", "observed", "low", "high", "count"], dtype=float)
    # At least 15 rows a bin: with fewer, the diagram shows chance.
    parts = pd.qcut(known[column], max(1, min(bins, len(known) // 15)), duplicates="drop")
    grouped = known.groupby(parts, observed=True)
    table = grouped.agg(predicted=(column, "mean"), observed=("truth", "mean"), count=("truth", "size"))
    z, n, p = 1.96, table["count"], table["observed"]
    centre = (p + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    return table.assign(low=centre - half, high=centre + half).reset_index(drop=True)
