"""How well vessels are segmented: per image, inside the field of view, at the photograph's own size."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from fundusfm.data.manifest.splits import patient_groups
from fundusfm.errors import EvaluationError
from fundusfm.evaluation.cells import folds_reason, mean_defined, spread
from fundusfm.evaluation.intervals import REPEATS, interval, patient_weights
from fundusfm.evaluation.table import CV
from fundusfm.evaluation.weighted import Array
from fundusfm.models.card.results import Estimate, LabelMetrics, Results
from fundusfm.structures.scoring.pixels import PixelCounts, areas, count_pixels
from fundusfm.structures.scoring.skeleton import skeleton

LABEL = "vessels"
RANKED = ("auroc", "auprc")
DECIDED = ("dice", "mcc", "sensitivity", "specificity", "accuracy", "cldice")
_COLUMNS = ("set", "image", "patient", "fold")
_NO_METRICS = (*_COLUMNS, "dataset")
_ALL_EMPTY = "no image holds a vessel, or none without"

Mask = npt.NDArray[np.bool_]


def vessel_metrics(
    truth: Mask, probability: npt.NDArray[np.floating], fov: Mask, *, threshold: float
) -> dict[str, float]:
    """Scores the probability map of one photograph.

    Args:
        truth: bool (height, width), what the observer drew.
        probability: (height, width), 0 to 1.
        fov: bool (height, width); pixels outside count for nothing.
        threshold: A pixel is called vessel from this probability on.

    Returns:
        `auroc`, `auprc` (average precision) and the metrics of `mask_metrics`. NaN where undefined.

    Raises:
        EvaluationError: The arrays differ in size, the field of view is empty, or a probability lies outside 0 to 1.
    """
    _check(truth, probability, fov)
    auroc, auprc = image_areas(count_pixels(truth[fov], probability[fov]))
    return {"auroc": auroc, "auprc": auprc, **mask_metrics(truth, probability >= threshold, fov)}


def image_areas(counts: PixelCounts) -> tuple[float, float]:
    """Returns AUROC and average precision of one image, or of several pooled."""
    auroc, auprc = areas(counts.positive, counts.negative)
    return float(auroc), float(auprc)


def mask_metrics(truth: Mask, predicted: Mask, fov: Mask) -> dict[str, float]:
    """Scores a mask, of a network or of a second observer.

    Dice is 2 TP / (2 TP + FP + FN), the F1 of pixels. MCC is Matthews' correlation coefficient. clDice compares
    skeletons with masks, so it measures whether vessels are connected rather than how thick they are (Shit et al., CVPR
    2021). A truth without vessels leaves only specificity and accuracy defined.

    Args:
        truth: bool (height, width), what the first observer drew.
        predicted: bool (height, width).
        fov: bool (height, width); pixels outside count for nothing.

    Returns:
        `dice`, `mcc`, `sensitivity`, `specificity`, `accuracy`, `cldice`, each 0 to 1 (mcc -1 to 1) or NaN.

    Raises:
        EvaluationError: The arrays differ in size, or the field of view is empty.
    """
    _check(truth, predicted, fov)
    drawn, called = truth[fov], predicted[fov]
    tp = float(np.count_nonzero(drawn & called))
    fp, fn = float(np.count_nonzero(called)) - tp, float(np.count_nonzero(drawn)) - tp
    tn = len(drawn) - tp - fp - fn
    known = 1.0 if tp + fn > 0 else np.nan
    spread = math.sqrt((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn))
    return {
        "dice": known * _ratio(2 * tp, 2 * tp + fp + fn),
        # Where everything is called one class, nothing correlates: 0, as in scikit-learn.
        "mcc": known * (_ratio(tp * tn - fp * fn, spread) if spread > 0 else 0.0),
        "sensitivity": _ratio(tp, tp + fn),
        "specificity": _ratio(tn, tn + fp),
        "accuracy": (tp + tn) / len(drawn),
        "cldice": known * centreline_dice(truth & fov, predicted & fov),
    }


def centreline_dice(truth: Mask, predicted: Mask) -> float:
    """Returns clDice: the harmonic mean of the share of each skeleton that the other mask covers.

    Source: Shit et al., clDice - a novel topology-preserving loss function for tubular structure segmentation, CVPR
    2021, equation 1. Skeletons are scikit-image's (Zhang and Suen, 1984).

    Returns:
        0 to 1; 0 where one mask is empty, NaN where both are.
    """
    if not truth.any() or not predicted.any():
        return 0.0 if truth.any() or predicted.any() else np.nan
    precision = float(truth[skeleton(predicted)].mean())
    sensitivity = float(predicted[skeleton(truth)].mean())
    return _ratio(2 * precision * sensitivity, precision + sensitivity) if precision + sensitivity > 0 else 0.0


def summarise_vessels(
    rows: pd.DataFrame,
    *,
    seed: int,
    pixels: Sequence[PixelCounts] | None = None,
    second_observer: pd.DataFrame | None = None,
    repeats: int = REPEATS,
) -> Results:
    """Averages the metrics of images, with 95 % intervals from resampled patients.

    Args:
        rows: A row per image: `set` (`cv`, or the external set's name), `image`, `patient` (empty where unknown),
            `fold` (-1 in external sets), where patients of several data sets are mixed `dataset`, and a column per
            metric, NaN where undefined.
        seed: Random seed of the resamples.
        pixels: Counts of each row's pixels, in the order of `rows`; they add `auroc_pooled` and `auprc_pooled`, over
            all pixels of a set or fold, which much of the field reports.
        second_observer: The second observer's rows, scored against the first, in the same columns.
        repeats: Number of bootstrap resamples.

    Returns:
        Cells of the label `vessels`. The second observer's set is `cv` for the images of cross-validation. A cell has
        no interval where all images are of one patient.

    Raises:
        EvaluationError: A column is missing or there is no row.
    """
    folds: dict[str, dict[str, Estimate]] = {}
    external: dict[str, LabelMetrics] = {}
    second: dict[str, LabelMetrics] = {}
    _check_rows(rows)
    for name in rows["set"].unique():
        mask = (rows["set"] == name).to_numpy()
        counts = None if pixels is None else [pixels[int(place)] for place in np.flatnonzero(mask)]
        if name == CV:
            folds[LABEL] = _folds(rows[mask], counts, seed, repeats)
        else:
            external[str(name)] = {LABEL: _whole(rows[mask], counts, seed, repeats)}
    if second_observer is not None and len(second_observer):
        _check_rows(second_observer)
        for name, part in second_observer.groupby("set", sort=False):
            second[str(name)] = {LABEL: _whole(part, None, seed, repeats)}
    return Results(folds, external, second_observer=second)


def _whole(rows: pd.DataFrame, counts: Sequence[PixelCounts] | None, seed: int, repeats: int) -> dict[str, Estimate]:
    means, draws = _resampled(rows, counts, np.zeros(len(rows), np.intp), seed, repeats)
    return {
        metric: _cell(float(values[0]), draws[metric][0], _patients(rows, metric)) for metric, values in means.items()
    }


def _folds(rows: pd.DataFrame, counts: Sequence[PixelCounts] | None, seed: int, repeats: int) -> dict[str, Estimate]:
    names, codes = np.unique(rows["fold"].to_numpy(), return_inverse=True)
    means, draws = _resampled(rows, counts, codes, seed, repeats)
    reasons: Mapping[int, str | None] = dict.fromkeys(map(int, names), _ALL_EMPTY)
    result = {}
    for metric, values in means.items():
        folds = dict(zip(map(int, names), map(float, values), strict=True))
        cell = _cell(float(mean_defined(values)), mean_defined(draws[metric]), _patients(rows, metric))
        reason = folds_reason(folds, reasons) or cell.reason
        result[metric] = replace(cell, folds=tuple(folds.values()), std=spread(folds), reason=reason)
    return result


def _patients(rows: pd.DataFrame, metric: str) -> int:
    """Returns the number of patients whose photographs define a metric."""
    defined = rows[rows[metric].notna()] if metric in rows else rows
    return len(np.unique(patient_groups(defined).astype(str)))


def _cell(value: float, resampled: Array, patients: int) -> Estimate:
    if np.isnan(value):
        return Estimate(value, reason=_ALL_EMPTY)
    found = interval(value, resampled, patients)
    if not np.isnan(found.low):
        return Estimate(*found)
    return Estimate(
        value,
        reason="no interval: "
        + ("all photographs are of one patient" if patients < 2 else "all photographs have the same value"),
    )


def _resampled(
    rows: pd.DataFrame, counts: Sequence[PixelCounts] | None, folds: npt.NDArray[np.intp], seed: int, repeats: int
) -> tuple[dict[str, Array], dict[str, Array]]:
    """Returns each metric's mean in each fold, (folds,), and those of resamples, (folds, repeats)."""
    groups = patient_groups(rows).astype(str)
    weights = np.concatenate(list(patient_weights(groups, repeats=repeats, seed=seed, strata=folds)), axis=1)
    weights = np.column_stack([np.ones(len(rows)), weights])  # the data themselves come first
    parts = [folds == fold for fold in np.unique(folds)]
    means: dict[str, Array] = {}
    for metric in (column for column in rows.columns if column not in _NO_METRICS):
        values = rows[metric].to_numpy(dtype=np.float64)
        means[str(metric)] = np.stack([_mean(values[part], weights[part]) for part in parts])
    if counts is not None:
        positive = np.stack([count.positive for count in counts], axis=1)
        negative = np.stack([count.negative for count in counts], axis=1)
        pooled = [_pooled(positive[:, part], negative[:, part], weights[part]) for part in parts]
        means |= {f"{name}_pooled": np.stack([one[place] for one in pooled]) for place, name in enumerate(RANKED)}
    return {key: item[:, 0] for key, item in means.items()}, {key: item[:, 1:] for key, item in means.items()}


def _mean(values: Array, weights: Array) -> Array:
    known = ~np.isnan(values)
    total = weights[known].sum(axis=0)
    sums = values[known] @ weights[known]
    return np.asarray(np.divide(sums, total, out=np.full(total.shape, np.nan), where=total > 0))


def _pooled(positive: Array, negative: Array, weights: Array) -> tuple[Array, Array]:
    # In pieces: levels x 1000 resamples at once would take 100 MB and more for nothing.
    pieces = [
        areas(positive @ weights[:, start : start + 64], negative @ weights[:, start : start + 64])
        for start in range(0, weights.shape[1], 64)
    ]
    return np.concatenate([one for one, _ in pieces]), np.concatenate([other for _, other in pieces])


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else float("nan")


def _check(truth: npt.NDArray[Any], predicted: npt.NDArray[Any], fov: npt.NDArray[Any]) -> None:
    if not truth.shape == predicted.shape == fov.shape:
        raise EvaluationError(
            f"The observer's mask {truth.shape}, the prediction {predicted.shape} and the field of view {fov.shape} "
            "differ in size; bring the prediction back to the photograph's own pixels"
        )
    if not fov.any():
        raise EvaluationError("The field of view is empty, so there is no pixel to score")
    if predicted.dtype != np.bool_:
        inside = predicted[fov]
        if not (inside.min() >= 0 and inside.max() <= 1):
            raise EvaluationError(
                f"The prediction holds values from {inside.min()} to {inside.max()}; expected probabilities from 0 to 1"
            )


def _check_rows(rows: pd.DataFrame) -> None:
    missing = [column for column in _COLUMNS if column not in rows]
    if missing:
        raise EvaluationError(f"The table of images lacks {', '.join(missing)}; it needs {', '.join(_COLUMNS)}")
    if rows.empty:
        raise EvaluationError("The table of images holds no row: nothing to evaluate")
