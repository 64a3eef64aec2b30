"""Both eyes of a person: the term that a run fits to its out-of-fold scores, and what it measures of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fundusfm.data.manifest.labels import Task
from fundusfm.data.manifest.splits import people_and_eyes
from fundusfm.errors import ConfigError
from fundusfm.evaluation.both_eyes import cross_fitted_both_eyes, fit_both_eyes
from fundusfm.evaluation.cells import auroc_text
from fundusfm.evaluation.compare import compare, paired_metrics
from fundusfm.evaluation.protocol import MACRO, summarise
from fundusfm.evaluation.referral import judged_rule, referred, referred_across_folds
from fundusfm.evaluation.table import CV, PredictionTable, positions, table
from fundusfm.models.calibrate import logits_of
from fundusfm.models.card.both_eyes import BothEyes
from fundusfm.models.card.referral import REFERRAL, ReferralRule
from fundusfm.models.card.results import Results
from fundusfm.models.card.schema import OperatingPoint
from fundusfm.models.fellow import FELLOW, both_eyes_scores, fellow_logits
from fundusfm.training.cohort import Cohort

BOTH_EYES = "both_eyes"
"""Key of its metrics, and end of its columns in `predictions.parquet`."""

_COLUMNS = {f"{name}_{BOTH_EYES}": name for name in ("score", "probability")}
"""Columns of the predictions, and those from one eye."""


@dataclass(frozen=True)
class MeasuredBothEyes:
    """A term and what it brings.

    Attributes:
        term: For the card; None where no label gains.
        predictions: The run's predictions with `score_both_eyes` and `probability_both_eyes`, NaN where a photograph
            has no fellow eye.
        results: Metrics where an eye that has a fellow is scored with it, and any other alone.
        metrics: The same as `metrics.json` holds them, with paired tests against scores from one eye and the figures of
            the referral rule.
    """

    term: BothEyes | None
    predictions: pd.DataFrame
    results: Results
    metrics: dict[str, Any]


def refuse_no_fellows(training: Cohort) -> None:
    """Refuses rows of which no two show both eyes of a person.

    Raises:
        ConfigError: Says which columns are needed.
    """
    person, eye = people_and_eyes(training.store.frame.iloc[training.rows])
    seen = set(zip(person, eye, strict=True))
    if not any(name and (name, FELLOW.get(side)) in seen for name, side in seen):
        raise ConfigError(
            f"--both-eyes: no row of {training.store.path} has a fellow eye. It needs the columns patient and eye "
            "(left or right), and photographs of both eyes of some people; where there is a column visit, of one visit."
        )


def measure_both_eyes(
    predictions: pd.DataFrame,
    cohorts: Sequence[Cohort],
    rule: ReferralRule | None,
    *,
    task: Task,
    operating_points: Mapping[str, Mapping[str, OperatingPoint]],
    seed: int,
) -> MeasuredBothEyes:
    """Fits the term to out-of-fold scores, and measures it in the folds and on every external set.

    A fold's scores from both eyes come from a term that the other folds fitted, external ones from the final term.

    Args:
        predictions: Cross-fitted, as in `predictions.parquet`, scored from one eye.
        cohorts: The training rows, then the external sets, in the order of the predictions.
        rule: The referral rule of scores from one eye, which holds for both.
        task: Task of the labels.
        operating_points: As for `summarise`.
        seed: Random seed of the resamples.
    """
    names = [CV, *(cohort.name for cohort in cohorts[1:])]
    parts = {name: table(predictions, name) for name in names}
    fellows = {
        name: fellow_logits(*people_and_eyes(cohort.store.frame.iloc[cohort.rows]), logits_of(parts[name].score))
        for name, cohort in zip(names, cohorts, strict=True)
    }
    folds = parts[CV]
    term = fit_both_eyes(folds.labels, folds.truth, logits_of(folds.score), fellows[CV])
    found = {}
    for name, part in parts.items():
        if name == CV:
            found[name] = cross_fitted_both_eyes(
                part.labels, part.truth, logits_of(part.score), fellows[CV], part.probability, part.folds
            )
        elif term is not None:
            found[name] = both_eyes_scores(term, part.labels, part.score, part.probability, fellows[name])
        else:
            found[name] = part.score, part.probability
    with_both, columns = predictions.copy(), predictions.assign(**dict.fromkeys(_COLUMNS, np.nan))
    judged: dict[str, ReferralRule] = {}
    for name, part in parts.items():
        mask = predictions["set"] == name
        row, column = positions(predictions[mask], part.labels)
        has = np.asarray(~np.isnan(fellows[name]).any(axis=1))[row]
        for (both, one), values in zip(_COLUMNS.items(), found[name], strict=True):
            with_both.loc[mask, one] = values[row, column]
            columns.loc[mask, both] = np.where(has, values[row, column], np.nan)
        passed = None if rule is None else _passed(part, found[name][0], rule)
        if rule is not None and passed is not None:
            judged[name] = judged_rule(part, passed, rule)
    if term is not None and CV in judged:
        shares = {"specificity": judged[CV].specificity, "sensitivity": judged[CV].sensitivity}
        term = term.model_copy(update=shares)
    results = summarise(with_both, task=task, operating_points=operating_points, seed=seed)
    metrics = results.plain() | {
        "with_a_fellow": {name: int((~np.isnan(logits).any(axis=1)).sum()) for name, logits in fellows.items()},
        "paired": paired_metrics(compare(with_both, predictions, seed=seed)),
        REFERRAL: {name: figures.model_dump() for name, figures in judged.items()},
    }
    return MeasuredBothEyes(term, columns, results, metrics)


def both_eyes_text(measured: MeasuredBothEyes) -> str:
    """Returns what the fellow eye brings in the folds, as a line of the log."""
    if measured.term is None:
        return "both eyes: no label gains from the fellow eye, so each is scored alone"
    cells = [f"{label}: {auroc_text(found['auroc'])}" for label, found in measured.results.cv.items() if label != MACRO]
    return f"both eyes, {measured.term.eyes} photographs with a fellow eye: {', '.join(cells)}"


def _passed(part: PredictionTable, scores: NDArray[np.float64], rule: ReferralRule) -> NDArray[np.bool_] | None:
    """Returns which eyes a rule refers by scores from both eyes; in the folds by thresholds of the other folds."""
    if part.name != CV:
        return referred(part.labels, scores, rule.thresholds)
    return referred_across_folds(part, goal=rule.goal, target=rule.target, judged=scores)
