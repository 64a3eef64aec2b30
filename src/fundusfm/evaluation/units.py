"""Prepares what is measured and resampled: a label or a whole multiclass task, over all images or fold by fold."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import add
from typing import Protocol

import numpy as np
import numpy.typing as npt

from fundusfm.evaluation.cells import mean_defined
from fundusfm.evaluation.few import ClassCounts, Counts, count, count_classes
from fundusfm.evaluation.metrics import NEEDS_THRESHOLD, binary_metrics, multiclass_metrics, undefined_reason
from fundusfm.evaluation.table import PredictionTable
from fundusfm.evaluation.weighted import YOUDEN, Array, BinaryResamples, MulticlassResamples

OVERALL = "overall"
"""A multiclass task as a whole: accuracy, balanced accuracy, F1 and kappa of the highest-scored class."""

_NO_POINT = "no operating point: the predictions that would choose it lack a class"

Rows = npt.NDArray[np.intp]


class Resamples(Protocol):
    """Rows prepared for the metrics of many resamples."""

    def metrics(self, weights: Array) -> dict[str, Array]:
        """Returns every metric of each resample."""


@dataclass(frozen=True)
class Part:
    """One fold's rows, or all rows.

    Attributes:
        fold: Number of the fold; 0 for all rows.
        rows: Indices into the table; images of unknown truth are left out.
        values: Metric to value.
        reasons: Metric to why it is undefined or needs care.
        counts: Number of patients and images behind the values.
        resamples: The same metrics for many resamples.
    """

    fold: int
    rows: Rows
    values: dict[str, float]
    reasons: dict[str, str]
    counts: Counts | ClassCounts
    resamples: Resamples


@dataclass(frozen=True)
class Unit:
    """A label or `overall`, with one part per fold, or one for all images."""

    name: str
    parts: list[Part]

    def counts(self, metric: str) -> Counts | ClassCounts:
        """Returns what the mean over parts of a metric rests on: the parts in which it is defined."""
        defined = [part.counts for part in self.parts if not np.isnan(part.values[metric])]
        return reduce(add, defined or [part.counts for part in self.parts])

    def values(self) -> dict[str, float]:
        """Returns every metric's mean over the parts in which it is defined."""
        names = self.parts[0].values
        return {name: float(mean_defined(np.array([part.values[name] for part in self.parts]))) for name in names}

    def resample(self, weights: Array) -> dict[str, Array]:
        """Returns the mean over parts of every metric of each resample."""
        results = [part.resamples.metrics(weights[part.rows]) for part in self.parts]
        return {metric: mean_defined([result[metric] for result in results]) for metric in results[0]}


def label_unit(
    table: PredictionTable, index: int, splits: Sequence[tuple[int, Rows]], default_points: frozenset[str]
) -> Unit:
    """Prepares one label.

    Args:
        table: Predictions of one set.
        index: Column of the label.
        splits: Number and rows of each fold, or of the whole.
        default_points: Labels without a stored operating point, judged at 0.5.
    """
    label = table.labels[index]
    known = ~np.isnan(table.truth[:, index])
    parts = []
    for fold, rows in splits:
        rows = rows[known[rows]]
        truth, score, probability = table.truth[rows, index], table.score[rows, index], table.probability[rows, index]
        thresholds = {point: values[rows, index] for point, values in table.thresholds.items()}
        youden = thresholds.get(YOUDEN, np.full(len(rows), np.nan))
        others = {point: values for point, values in thresholds.items() if point != YOUDEN}
        values = binary_metrics(truth, score, probability=probability, threshold=youden, points=others)
        parts.append(
            Part(
                fold,
                rows,
                values,
                _label_reasons(values, label in default_points),
                count(truth, table.patients[rows], table.noun),
                BinaryResamples(truth, score, probability, {YOUDEN: youden, **others}),
            )
        )
    return Unit(label, parts)


def _label_reasons(values: dict[str, float], default_point: bool) -> dict[str, str]:
    reasons = {}
    for metric, value in values.items():
        decided = metric.split("@")[0] in NEEDS_THRESHOLD
        if np.isnan(value):
            reasons[metric] = undefined_reason(metric, values) or _NO_POINT
        elif decided and default_point:
            reasons[metric] = "no stored operating point: judged at 0.5"
    return reasons


def overall_unit(table: PredictionTable, ordered: bool, splits: Sequence[tuple[int, Rows]]) -> Unit:
    """Prepares a multiclass task as a whole; arguments as for `label_unit`."""
    order = np.argsort([float(label) for label in table.labels]) if ordered else np.arange(len(table.labels))
    truth, score = table.truth[:, order], table.score[:, order]
    known = np.asarray(~np.isnan(truth).any(axis=1))
    parts = []
    for fold, rows in splits:
        rows = rows[known[rows]]
        actual, called = truth[rows].argmax(axis=1), score[rows].argmax(axis=1)
        values = multiclass_metrics(actual, called, classes=len(order), ordered=ordered)
        why = "fewer than two classes are present" if len(rows) else "no image has a known truth"
        reasons = {metric: why for metric, value in values.items() if np.isnan(value)}
        counts = count_classes(actual, len(order), table.patients[rows], table.noun)
        resamples = MulticlassResamples(actual, called, len(order), ordered)
        parts.append(Part(fold, rows, values, reasons, counts, resamples))
    return Unit(OVERALL, parts)


def resample(units: Sequence[Unit], chunks: Iterable[Array]) -> list[dict[str, Array]]:
    """Returns each unit's metrics over all resamples, shape `(resamples,)`; the units share the resamples."""
    collected: list[dict[str, list[Array]]] = [{} for _ in units]
    for weights in chunks:
        for unit, lists in zip(units, collected, strict=True):
            for metric, values in unit.resample(weights).items():
                lists.setdefault(metric, []).append(values)
    return [{metric: np.concatenate(values) for metric, values in lists.items()} for lists in collected]
