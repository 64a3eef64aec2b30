"""Metrics of a set: means over its photographs, with intervals from resampled patients."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from fundusfm.data.manifest.splits import patient_groups
from fundusfm.errors import EvaluationError
from fundusfm.evaluation.cells import count_cell, fold_count_cell, folds_reason, mean_defined, spread
from fundusfm.evaluation.intervals import REPEATS, interval, patient_weights
from fundusfm.evaluation.table import CV
from fundusfm.evaluation.weighted import Array
from fundusfm.models.card.results import Estimate, Results
from fundusfm.structures.scoring.pixels import PixelCounts, areas
from fundusfm.structures.scoring.structure_metrics import METRICS

_COLUMNS = ("set", "label", "image", "patient", "fold")
_ALL_EMPTY = "no image holds it, or none without"


def summarise_structures(
    rows: pd.DataFrame,
    *,
    seed: int,
    pixels: Sequence[PixelCounts] | None = None,
    second_observer: pd.DataFrame | None = None,
    repeats: int = REPEATS,
) -> Results:
    """Averages metrics over photographs, with 95 % intervals from resampled patients.

    Args:
        rows: A row per image and structure: `set` (`cv`, or the external set's name), `label` (a key of `METRICS`),
            `image`, `patient` (empty where unknown), `fold` (-1 in external sets), `dataset` where a set has patients
            of several, and a column per metric, NaN where undefined.
        seed: Random seed of the resamples.
        pixels: Pixels of each row by probability, in the order of `rows`. With them the results also have
            `auroc_pooled` and `auprc_pooled`, over all pixels of a set or fold: many papers report vessels so, and the
            IDRiD challenge lesions.
        second_observer: The second observer's rows, scored against the first, in the same columns.
        repeats: Number of bootstrap resamples.

    Returns:
        Results by label. `n` is the number of photographs in which the structure is known, `patients` that of their
        patients. The second observer's set is called `cv` in cross-validation. There is no interval where all
        photographs are of one patient.

    Raises:
        EvaluationError: A column is missing or there is no row.
    """
    folds: dict[str, dict[str, Estimate]] = {}
    external: dict[str, dict[str, dict[str, Estimate]]] = {}
    _check_rows(rows)
    for name, label in rows[["set", "label"]].drop_duplicates().itertuples(index=False):
        mask = ((rows["set"] == name) & (rows["label"] == label)).to_numpy()
        counts = None if pixels is None else [pixels[int(place)] for place in np.flatnonzero(mask)]
        if name == CV:
            folds[label] = _folds(rows[mask], label, counts, seed, repeats)
        else:
            external.setdefault(str(name), {})[label] = _whole(rows[mask], label, counts, seed, repeats)
    second: dict[str, dict[str, dict[str, Estimate]]] = {}
    if second_observer is not None and len(second_observer):
        _check_rows(second_observer)
        for (name, label), part in second_observer.groupby(["set", "label"], sort=False):
            second.setdefault(str(name), {})[str(label)] = _whole(part, str(label), None, seed, repeats)
    return Results(folds, external, second_observer=second)


def _whole(
    rows: pd.DataFrame, label: str, counts: Sequence[PixelCounts] | None, seed: int, repeats: int
) -> dict[str, Estimate]:
    means, draws = _resampled(rows, label, counts, np.zeros(len(rows), np.intp), seed, repeats)
    sizes = {"n": count_cell(len(rows)), "patients": count_cell(_patients(rows))}
    return sizes | {
        metric: _cell(float(values[0]), draws[metric][0], _patients_with(rows, metric))
        for metric, values in means.items()
    }


def _folds(
    rows: pd.DataFrame, label: str, counts: Sequence[PixelCounts] | None, seed: int, repeats: int
) -> dict[str, Estimate]:
    names, codes = np.unique(rows["fold"].to_numpy(), return_inverse=True)
    means, draws = _resampled(rows, label, counts, codes, seed, repeats)
    reasons: Mapping[int, str | None] = dict.fromkeys(map(int, names), _ALL_EMPTY)
    parts = {int(name): rows[codes == place] for place, name in enumerate(names)}
    result = {
        "n": fold_count_cell({name: len(part) for name, part in parts.items()}),
        "patients": fold_count_cell({name: _patients(part) for name, part in parts.items()}),
    }
    for metric, values in means.items():
        folds = dict(zip(map(int, names), map(float, values), strict=True))
        cell = _cell(float(mean_defined(values)), mean_defined(draws[metric]), _patients_with(rows, metric))
        reason = folds_reason(folds, reasons) or cell.reason
        result[metric] = replace(cell, folds=tuple(folds.values()), std=spread(folds), reason=reason)
    return result


def _patients(rows: pd.DataFrame) -> int:
    return len(np.unique(patient_groups(rows).astype(str)))


def _patients_with(rows: pd.DataFrame, metric: str) -> int:
    """Returns the number of patients with a photograph in which a metric is defined."""
    return _patients(rows[rows[metric].notna()] if metric in rows else rows)


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
    rows: pd.DataFrame,
    label: str,
    counts: Sequence[PixelCounts] | None,
    folds: npt.NDArray[np.intp],
    seed: int,
    repeats: int,
) -> tuple[dict[str, Array], dict[str, Array]]:
    """Returns the mean of each metric in each fold, (folds,), and the means of resamples, (folds, repeats)."""
    groups = patient_groups(rows).astype(str)
    weights = np.concatenate(list(patient_weights(groups, repeats=repeats, seed=seed, strata=folds)), axis=1)
    weights = np.column_stack([np.ones(len(rows)), weights])  # the data themselves come first
    parts = [folds == fold for fold in np.unique(folds)]
    means: dict[str, Array] = {}
    for metric in (name for name in METRICS[label] if name in rows):
        values = rows[metric].to_numpy(dtype=np.float64)
        means[metric] = np.stack([_mean(values[part], weights[part]) for part in parts])
    if counts is not None:
        positive = np.stack([count.positive for count in counts], axis=1)
        negative = np.stack([count.negative for count in counts], axis=1)
        pooled = [_pooled(positive[:, part], negative[:, part], weights[part]) for part in parts]
        ranked = {name: np.stack([one[place] for one in pooled]) for place, name in enumerate(("auroc", "auprc"))}
        means |= {f"{name}_pooled": values for name, values in ranked.items() if name in METRICS[label]}
    return {key: item[:, 0] for key, item in means.items()}, {key: item[:, 1:] for key, item in means.items()}


def _mean(values: Array, weights: Array) -> Array:
    known = ~np.isnan(values)
    total = weights[known].sum(axis=0)
    sums = values[known] @ weights[known]
    return np.asarray(np.divide(sums, total, out=np.full(total.shape, np.nan), where=total > 0))


def _pooled(positive: Array, negative: Array, weights: Array) -> tuple[Array, Array]:
    # In pieces: levels x 1000 resamples at once would take 100 MB and more.
    pieces = [
        areas(positive @ weights[:, start : start + 64], negative @ weights[:, start : start + 64])
        for start in range(0, weights.shape[1], 64)
    ]
    return np.concatenate([one for one, _ in pieces]), np.concatenate([other for _, other in pieces])


def _check_rows(rows: pd.DataFrame) -> None:
    missing = [column for column in _COLUMNS if column not in rows]
    if missing:
        raise EvaluationError(f"The table of images lacks {', '.join(missing)}; it needs {', '.join(_COLUMNS)}")
    if rows.empty:
        raise EvaluationError("The table of images holds no row: nothing to evaluate")
