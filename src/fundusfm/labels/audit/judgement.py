"""Confident learning: the labels that out-of-fold scores contradict, and the estimated share of wrong labels.

Northcutt, Jiang and Chuang, "Confident Learning: Estimating Uncertainty in Dataset Labels", JAIR 70:1373, 2021, as
implemented by cleanlab.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fundusfm.evaluation.intervals import ConfidenceInterval, interval, patient_weights
from fundusfm.evaluation.weighted import Array
from fundusfm.labels.audit.cases import Cases

_LEAST = 5
"""Photographs of each class below which a label's scores say nothing about its errors."""


@dataclass(frozen=True)
class Noise:
    """The estimated share of wrong labels among the photographs that were given one class.

    Attributes:
        label: The label.
        given: The class, such as `1`.
        photographs: How many were given it.
        wrong: Estimated share that belongs to another class, with its 95 % interval over patients.
        disputed: How many of them are disputed one by one: about as many as that share says, the most doubtful first,
            less those whose given class is still the most probable one.
    """

    label: str
    given: str
    photographs: int
    wrong: ConfidenceInterval
    disputed: int


@dataclass(frozen=True)
class Judgement:
    """One label, judged.

    Attributes:
        label: The label; the class column of a multiclass task.
        classes: Names of its classes; `0` and `1` of a binary label.
        given: int (n,), the given class; -1 where unknown.
        probability: float (n, classes), calibrated, out of fold.
        doubt: float (n,), 0 to 1; NaN where nothing was given.
        disputed: bool (n,), contradicted with confidence.
    """

    label: str
    classes: list[str]
    given: NDArray[np.intp]
    probability: Array
    doubt: Array
    disputed: NDArray[np.bool_]

    @property
    def suggested(self) -> NDArray[np.intp]:
        """int (n,), the most probable class other than the given one; -1 where nothing was given."""
        others = self.probability.copy()
        known = self.given >= 0
        others[known, self.given[known]] = -1.0
        return np.where(known, others.argmax(axis=1), -1)


def judge(cases: Cases) -> tuple[list[Judgement], dict[str, str]]:
    """Judges every label of a run.

    Labels are judged one against the rest, as cleanlab's multilabel functions do; those cannot hold a label that is
    unknown, which is why each label goes through the functions for two classes with the rows where it is known.

    Returns:
        The judgements, and for each label that cannot be judged the reason.
    """
    found, refused = [], {}
    if cases.task == "multiclass":
        probability = cases.table.probability / cases.table.probability.sum(axis=1, keepdims=True)
        known = ~np.isnan(cases.table.truth).any(axis=1)
        given = np.where(known, np.nan_to_num(cases.table.truth).argmax(axis=1), -1)
        tried = [(cases.column, cases.table.labels, given, probability)]
    else:
        tried = [
            (
                label,
                ["0", "1"],
                np.nan_to_num(cases.table.truth[:, place], nan=-1).astype(np.intp),
                np.stack([1 - cases.table.probability[:, place], cases.table.probability[:, place]], axis=1),
            )
            for place, label in enumerate(cases.table.labels)
        ]
    for label, classes, given, probability in tried:
        counts = np.bincount(given[given >= 0], minlength=len(classes))
        if counts.min() < _LEAST:
            rare = classes[int(counts.argmin())]
            refused[label] = f"{counts.min()} photographs are {rare}; at least {_LEAST} of each class are needed"
            continue
        found.append(judge_label(label, classes, given.astype(np.intp), probability))
    return found, refused


def judge_label(label: str, classes: list[str], given: NDArray[np.intp], probability: Array) -> Judgement:
    """Judges one label.

    Args:
        label: Its name.
        classes: Names of its classes.
        given: int (n,), the given class; -1 where unknown. Each class occurs.
        probability: float (n, classes), out of fold; rows add up to 1.
    """
    from cleanlab.filter import find_label_issues
    from cleanlab.rank import get_label_quality_scores

    known = given >= 0
    doubt = np.full(len(given), np.nan)
    disputed = np.zeros(len(given), bool)
    # Adjusted by the mean score of each class: the positives of a rare label all have low scores, and are not wrong.
    quality = get_label_quality_scores(given[known], probability[known], adjust_pred_probs=True)
    doubt[known] = 1 - np.asarray(quality)
    disputed[known] = find_label_issues(given[known], probability[known], n_jobs=1)
    return Judgement(label, classes, given, probability, doubt, disputed)


def label_noise(judgement: Judgement, patients: NDArray[np.intp], *, repeats: int, seed: int) -> list[Noise]:
    """Estimates for each class of a label which share of the photographs given it belongs to another.

    The joint distribution of given and true classes is that of confident learning. A weak model disagrees for reasons
    of its own, so the estimate is of what the model can tell from true labels, not of what a panel would find.

    Args:
        judgement: The label, judged.
        patients: (n,) patient of each photograph.
        repeats: Bootstrap resamples of patients.
        seed: Random seed of the resamples.
    """
    known = judgement.given >= 0
    given, probability, groups = judgement.given[known], judgement.probability[known], patients[known]
    value = _wrong(given, probability)
    draws = [
        _wrong(np.repeat(given, times), np.repeat(probability, times, axis=0))
        for weights in patient_weights(groups, repeats=repeats, seed=seed)
        for times in weights.T.astype(np.intp)
    ]
    resampled = np.array(draws).reshape(len(draws), len(judgement.classes))
    return [
        Noise(
            judgement.label,
            name,
            int((given == place).sum()),
            interval(float(value[place]), resampled[:, place], len(np.unique(groups[given == place]))),
            int(judgement.disputed[judgement.given == place].sum()),
        )
        for place, name in enumerate(judgement.classes)
    ]


def _wrong(given: NDArray[np.intp], probability: Array) -> Array:
    """Returns the share of wrong labels per given class; NaN where a class is absent."""
    from cleanlab.count import compute_confident_joint, estimate_joint

    classes = probability.shape[1]
    if len(np.unique(given)) < classes:
        return np.full(classes, np.nan)
    joint = estimate_joint(given, probability, confident_joint=compute_confident_joint(given, probability))
    return np.asarray(1 - np.diag(joint) / joint.sum(axis=1), np.float64)
