"""Tests whether a second reader disputes the labels that the scores dispute more often than by chance."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from fundusfm.data.manifest.labels import read_targets
from fundusfm.errors import LabelError
from fundusfm.evaluation.closed_form import proportion
from fundusfm.evaluation.intervals import ConfidenceInterval, area_interval, interval, patient_weights
from fundusfm.evaluation.weighted import Array, Ranking, divide
from fundusfm.labels.audit.cases import Cases
from fundusfm.labels.audit.judgement import Judgement


@dataclass(frozen=True)
class Agreement:
    """How a list of doubtful labels agrees with a second reader, among photographs that were given one class.

    Attributes:
        label: The label.
        given: The class that the first reader gave.
        read: Photographs that the second reader read too.
        listed: Photographs on the doubtful list.
        disputed_by_both: How many of them the second reader disputes.
        of_listed: Share of the doubtful list that the second reader disputes.
        of_others: The same share of the photographs that are not on the list.
        difference: The first share less the second, by resampled patients; above 0 is more than chance.
        area: AUROC of the doubt for the second reader's dispute; 0.5 is chance.
    """

    label: str
    given: str
    read: int
    listed: int
    disputed_by_both: int
    of_listed: ConfidenceInterval
    of_others: ConfidenceInterval
    difference: ConfidenceInterval
    area: ConfidenceInterval


def second_readings(cases: Cases, second_reader: Sequence[str]) -> dict[str, Array]:
    """Returns for each label the second reader's value (n,), 0 or 1, NaN where not read again.

    Args:
        cases: The photographs; the columns are those of their table.
        second_reader: As LABEL=COLUMN or LABEL=COMPARISON.

    Raises:
        LabelError: A column is missing, holds something else, or is for a label that the run does not have.
    """
    if not second_reader:
        return {}
    if cases.task == "multiclass":
        raise LabelError(
            f"--second-reader compares labels of 0 and 1, but the run's {cases.column} has classes: audit a run of one "
            "of its classes, such as --labels 'sick=grade>=2'."
        )
    targets = read_targets(cases.frame, second_reader, task="multilabel", where="--second-reader")
    unknown = [label for label in targets.labels if label not in cases.table.labels]
    if unknown:
        raise LabelError(
            f"--second-reader names the label {unknown[0]}, but the run has {', '.join(cases.table.labels)}: write it "
            "as LABEL=COLUMN.",
            code="COLUMN",
        )
    return {label: targets.values[:, place].astype(np.float64) for place, label in enumerate(targets.labels)}


def agreements(
    cases: Cases, judgements: Sequence[Judgement], second: dict[str, Array], *, repeats: int, seed: int
) -> list[Agreement]:
    """Compares doubtful lists with a second reader, for each label and given class that was read again.

    Classes are kept apart: a reader who re-reads normals only would otherwise agree with every other label.
    """
    found = []
    for judgement in judgements:
        if judgement.label not in second:
            continue
        values = second[judgement.label]
        for place, name in enumerate(judgement.classes):
            rows = np.flatnonzero((judgement.given == place) & ~np.isnan(values))
            disputes = (values[rows] != place).astype(np.float64)
            if 0 < disputes.sum() < len(rows):
                found.append(_agreement(judgement, name, rows, disputes, cases.table.patients[rows], repeats, seed))
    return found


def _agreement(
    judgement: Judgement,
    given: str,
    rows: NDArray[np.intp],
    disputes: Array,
    patients: NDArray[np.intp],
    repeats: int,
    seed: int,
) -> Agreement:
    listed, doubt = judgement.disputed[rows].astype(np.float64), judgement.doubt[rows]
    ranking = Ranking(disputes, doubt)
    draws, areas = [], []
    for weights in patient_weights(patients, repeats=repeats, seed=seed):
        draws.append(
            divide((listed * disputes) @ weights, listed @ weights)
            - divide(((1 - listed) * disputes) @ weights, (1 - listed) @ weights)
        )
        areas.append(ranking.auroc_and_auprc(weights)[0])
    on, off, both = int(listed.sum()), int((1 - listed).sum()), int((listed * disputes).sum())
    of_listed, of_others = _share(both, on), _share(int(disputes.sum()) - both, off)
    people = len(np.unique(patients))
    return Agreement(
        judgement.label,
        given,
        len(rows),
        on,
        both,
        of_listed,
        of_others,
        interval(of_listed.value - of_others.value, np.concatenate(draws), people),
        area_interval(float(roc_auc_score(disputes, doubt)), np.concatenate(areas), people),
    )


def _share(hits: int, of: int) -> ConfidenceInterval:
    if not of:
        return ConfidenceInterval(np.nan, np.nan, np.nan)
    return ConfidenceInterval(hits / of, *proportion(hits / of, of))
