"""Compares two runs on the images that both have judged."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from fundusfm.errors import EvaluationError
from fundusfm.evaluation.few import Counts, count, untested
from fundusfm.evaluation.intervals import REPEATS
from fundusfm.evaluation.paired import DeLong, PairedBootstrap, delong, holm, is_least_p, paired_bootstrap
from fundusfm.evaluation.protocol import MACRO
from fundusfm.evaluation.table import CV, PredictionTable, check_predictions, image_keys, label_names, set_names, table
from fundusfm.evaluation.weighted import Array
from fundusfm.parquet import read_parquet

PREDICTIONS = "predictions.parquet"

_NAN = float("nan")
_NO_TEST = DeLong(*[_NAN] * 6)
_ALIKE = 1e-9

Source = str | Path | pd.DataFrame


@dataclass(frozen=True)
class PairedRow:
    """One label of one set in two runs; differences are a - b.

    Attributes:
        set: `cv` or the external set.
        label: The label, or `macro` for the mean over labels.
        images: Shared images of known truth.
        patients: Number of patients that they are of.
        positives: Positive among them; None for `macro`.
        auroc_a: AUROC of the first run, over all shared images.
        auroc_b: AUROC of the second run, over the same images.
        difference: By DeLong, with `low` and `high` as 95 % interval and `p`.
        p_holm: `p` corrected for all DeLong tests of the comparison.
        bootstrap: `{a, b, difference, low, high, p}` from resampled patients; in cross-validation `a` and `b` are
            means over folds.
        reason: Why there is no test (with fewer than `few.PAIRED` patients of a class `low`, `high` and `p` are NaN),
            or what to keep in mind.
    """

    set: str
    label: str
    images: int
    patients: int
    positives: int | None
    auroc_a: float
    auroc_b: float
    difference: float
    low: float
    high: float
    p: float
    p_holm: float
    bootstrap: dict[str, float]
    reason: str | None = None


def read_predictions(run: str | Path) -> pd.DataFrame:
    """Reads the predictions of a run folder.

    Raises:
        EvaluationError: It has none, or the file is not a table of predictions.
    """
    path = Path(run)
    path = path / PREDICTIONS if path.is_dir() else path
    if not path.is_file():
        raise EvaluationError(f"{path} does not exist: give a run folder of fundusfm probe, finetune or evaluate.")
    try:
        predictions = read_parquet(path)
    except (OSError, ValueError) as error:
        raise EvaluationError(f"{path} is no readable Parquet ({error}): run its command again.") from error
    check_predictions(predictions, str(path))
    return predictions


def compare(run_a: Source, run_b: Source, *, repeats: int = REPEATS, seed: int = 0) -> list[PairedRow]:
    """Tests every label and set that two runs share, on the images both have judged.

    DeLong's test pools the images of a set. In cross-validation it pools out-of-fold scores of different networks,
    whose scales may differ a little; the bootstrap there compares means over folds instead, and resamples patients, of
    whom one may have several images. Where the two disagree, trust the bootstrap.

    Args:
        run_a: Run folder, its `predictions.parquet`, or the predictions.
        run_b: The run it is compared with.
        repeats: Number of bootstrap resamples.
        seed: Random seed of the resamples.

    Returns:
        Rows in order of set and label; a set with several labels ends in `macro`.

    Raises:
        EvaluationError: The runs share no set, label and image, or disagree about the truth of an image.
    """
    a, b = (source if isinstance(source, pd.DataFrame) else read_predictions(source) for source in (run_a, run_b))
    rows: list[PairedRow] = []
    for name in [name for name in set_names(a) if name in set_names(b)]:
        rows += _compare_set(a, b, name, repeats, seed)
    if not rows:
        raise EvaluationError(
            f"{_called(run_a)} (sets {', '.join(set_names(a))}) and {_called(run_b)} (sets "
            f"{', '.join(set_names(b))}) share no label on any image: compare runs on the same data; "
            "NAME=PATH names a set."
        )
    corrected = holm([row.p for row in rows])
    return [replace(row, p_holm=p) for row, p in zip(rows, corrected, strict=True)]


def _compare_set(a: pd.DataFrame, b: pd.DataFrame, name: str, repeats: int, seed: int) -> list[PairedRow]:
    labels = [label for label in label_names(a, name) if label in label_names(b, name)]
    first, second = table(a, name, labels), table(b, name, labels)
    keys_a, keys_b = pd.Index(image_keys(first.images)), pd.Index(image_keys(second.images))
    shared = keys_a.intersection(keys_b, sort=False)
    if not len(shared):
        return []
    first, second = first.take(keys_a.get_indexer(shared)), second.take(keys_b.get_indexer(shared))
    _refuse_other_truth(first, second)
    # Only a truth that both runs know is shared.
    truth = np.where(np.isnan(second.truth), np.nan, first.truth)
    folds = (first.folds, second.folds) if name == CV else (None, None)
    rows: list[PairedRow] = []
    tested: list[int] = []
    for index, label in enumerate(labels):
        known = ~np.isnan(truth[:, index])
        if not known.any():
            continue
        counts = count(truth[known, index], first.patients[known], first.noun)
        test = delong(truth[:, index], first.score[:, index], second.score[:, index])
        draws = paired_bootstrap(
            truth[:, index],
            first.score[:, index],
            second.score[:, index],
            first.patients,
            folds_a=folds[0],
            folds_b=folds[1],
            repeats=repeats,
            seed=seed,
        )
        reason = _absent_class(counts) or untested(counts)
        if reason:
            test, draws = test._replace(low=_NAN, high=_NAN, p=_NAN), draws._replace(low=_NAN, high=_NAN, p=_NAN)
        else:
            tested.append(index)
            if test.high - test.low < _ALIKE:
                test, reason = test._replace(low=_NAN, high=_NAN), "no interval: both runs rank all images alike"
        rows.append(
            PairedRow(
                name,
                label,
                counts.images,
                counts.patients,
                counts.positive_images,
                *test,
                p_holm=_NAN,
                bootstrap=draws._asdict(),
                reason=reason,
            )
        )
    if len(rows) > 1:
        rows.append(_mean_row(first, second, truth, tested, folds, len(rows), repeats, seed))
    return rows


def _mean_row(
    first: PredictionTable,
    second: PredictionTable,
    truth: Array,
    tested: Sequence[int],
    folds: tuple[npt.NDArray[np.intp] | None, npt.NDArray[np.intp] | None],
    labels: int,
    repeats: int,
    seed: int,
) -> PairedRow:
    """Returns the test of the mean over the labels that can be tested."""
    reason = "a mean over labels has no DeLong test: see the bootstrap"
    if len(tested) < labels:
        reason += f"; mean over {len(tested)} of {labels} labels, the others have too few patients of a class"
    draws = PairedBootstrap(*[_NAN] * 6)
    if tested:
        draws = paired_bootstrap(
            truth[:, tested],
            first.score[:, tested],
            second.score[:, tested],
            first.patients,
            folds_a=folds[0],
            folds_b=folds[1],
            repeats=repeats,
            seed=seed,
        )
    return PairedRow(
        first.name,
        MACRO,
        len(first.images),
        len(np.unique(first.patients)),
        None,
        *_NO_TEST,
        p_holm=_NAN,
        bootstrap=draws._asdict(),
        reason=reason,
    )


def _absent_class(counts: Counts) -> str | None:
    for number, kind in ((counts.positive_images, "positive"), (counts.negative_images, "negative")):
        if number == 0:
            return f"no {kind} among {counts.images} shared images"
    return None


def _refuse_other_truth(first: PredictionTable, second: PredictionTable) -> None:
    differs = (first.truth != second.truth) & ~np.isnan(first.truth) & ~np.isnan(second.truth)
    if differs.any():
        row, column = np.argwhere(differs)[0]
        raise EvaluationError(
            f"The runs disagree about the truth of {first.images['image'].iloc[row]} for {first.labels[column]} in the "
            f"set {first.name} ({first.truth[row, column]:g} and {second.truth[row, column]:g}; {int(differs.sum())} "
            "such truths): compare runs whose labels mean the same."
        )


def _called(source: Source) -> str:
    return "the table of predictions" if isinstance(source, pd.DataFrame) else str(source)


def paired_metrics(rows: Sequence[PairedRow]) -> dict[str, dict[str, dict[str, Any]]]:
    """Returns the rows as `metrics.json` holds them: `paired.<set>.<label>`."""
    result: dict[str, dict[str, dict[str, Any]]] = {}
    for row in rows:
        content = {key: value for key, value in asdict(row).items() if key not in ("set", "label")}
        if row.reason is None:
            del content["reason"]
        result.setdefault(row.set, {})[row.label] = content
    return result


def paired_text(rows: Sequence[PairedRow], *, a: str = "a", b: str = "b") -> str:
    """Returns the rows as a table to print.

    Args:
        rows: What `compare` returned.
        a: Name of the first run.
        b: Name of the second run.
    """
    lines = [
        f"AUROC, {a} (a) against {b} (b), on shared images; bootstrap by patient",
        f"{'set':<12} {'label':<16} {'images':>6} {'a':>6} {'b':>6} {'a-b':>7} {'95 % (DeLong)':>17} {'p':>7} "
        f"{'p Holm':>7} {'a-b boot':>8} {'95 % (bootstrap)':>17} {'p':>7}",
    ]
    for row in rows:
        boot = row.bootstrap
        macro = row.label == MACRO
        lines.append(
            f"{row.set:<12} {row.label:<16} {row.images:>6} {_number(boot['a'] if macro else row.auroc_a):>6} "
            f"{_number(boot['b'] if macro else row.auroc_b):>6} {_number(row.difference, '+.3f'):>7} "
            f"{_range(row.low, row.high):>17} {_p(row.p):>7} {_p(row.p_holm):>7} "
            f"{_number(boot['difference'], '+.3f'):>8} {_range(boot['low'], boot['high']):>17} {_boot_p(boot['p']):>7}"
        )
    return "\n".join(lines)


def _number(value: float, form: str = ".3f") -> str:
    return "-" if np.isnan(value) else format(value, form)


def _range(low: float, high: float) -> str:
    return "-" if np.isnan(low) else f"{low:+.3f} to {high:+.3f}"


def _boot_p(value: float) -> str:
    return f"≤{value:.3f}" if is_least_p(value) else _p(value)


def _p(value: float) -> str:
    return "-" if np.isnan(value) else "<0.0001" if value < 1e-4 else f"{value:.4f}"
