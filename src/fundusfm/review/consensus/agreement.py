"""Agreement of readers with each other and with the model, changed grades, and reading times."""

from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from fundusfm.evaluation.closed_form import proportion
from fundusfm.evaluation.intervals import REPEATS, area_interval, interval, patient_weights
from fundusfm.evaluation.weighted import Array, Ranking, decision_metrics
from fundusfm.review.consensus.votes import Opinion
from fundusfm.review.record import READING, Grade, ReviewPhotograph

CONSENSUS = "consensus"
_THRESHOLD = 0.5
"""Score from which on a model says yes where the table holds no decision."""

Readings = Mapping[str, Mapping[int, Grade]]
"""Reader to photograph to the grade that was given before the scores were shown."""


def blind_readings(grades: Sequence[Grade]) -> dict[str, dict[int, Grade]]:
    """Returns the grades that were given before the scores were shown and not undone."""
    found: dict[str, dict[int, Grade]] = {}
    for grade in grades:
        if grade.kind == READING and not grade.undone:
            found.setdefault(grade.reader, {})[grade.photograph] = grade
    return found


def reader_table(
    readings: Readings, photographs: Mapping[int, ReviewPhotograph], labels: Sequence[str], *, seed: int
) -> pd.DataFrame:
    """Compares every two readers on every label.

    Returns:
        `label`, `reader`, `other`, `photographs`, `agreement` (share), and `kappa` (Cohen's) with `kappa_low` and
        `kappa_high`; kappa is NaN where one of them gave one value only.
    """
    rows = []
    for one, two in combinations(sorted(readings), 2):
        for label in labels:
            both = [
                number
                for number in readings[one]
                if number in readings[two]
                and _known(readings[one][number], label)
                and _known(readings[two][number], label)
            ]
            if not both:
                continue
            first, second = (_values(readings[name], both, label) for name in (one, two))
            people = _people(photographs, both)
            kappa, low, high = _decided("kappa", first, second, people, seed)
            rows.append({
                "label": label, "reader": one, "other": two, "photographs": len(both),
                "agreement": float(np.mean(first == second)), "kappa": kappa, "kappa_low": low, "kappa_high": high,
            })  # fmt: skip
    return pd.DataFrame(rows)


def model_table(
    readings: Readings,
    opinions: Mapping[int, Opinion],
    photographs: Mapping[int, ReviewPhotograph],
    labels: Sequence[str],
    *,
    seed: int,
) -> pd.DataFrame:
    """Compares the model with the consensus and with every reader.

    The photographs are those of the queue, which holds more doubtful ones than a clinic sees: the figures tell how the
    model fares among them.

    Returns:
        `label`, `against`, `photographs`, `positives`, and `auroc`, `sensitivity`, `specificity` and `kappa`, each with
        `_low` and `_high`.
    """
    truths: dict[str, dict[int, dict[str, int | None]]] = {
        CONSENSUS: {
            number: {label: opinion.agreed(label)[0] for label in labels} for number, opinion in opinions.items()
        },
        **{name: {number: grade.labels for number, grade in found.items()} for name, found in sorted(readings.items())},
    }
    rows = []
    for label in labels:
        for name, truth in truths.items():
            numbers = [
                number
                for number, values in truth.items()
                if values.get(label) is not None and label in photographs[number].listed.scores
            ]
            if not numbers:
                continue
            actual = np.array([truth[number][label] for number in numbers], dtype=np.float64)
            listed = [photographs[number].listed for number in numbers]
            score = np.array([one.scores[label] for one in listed])
            called = np.array(
                [one.decisions.get(label, int(one.scores[label] >= _THRESHOLD)) for one in listed], dtype=np.float64
            )
            people = _people(photographs, numbers)
            row: dict[str, object] = {
                "label": label, "against": name, "photographs": len(numbers), "positives": int(actual.sum()),
            }  # fmt: skip
            row |= _three("auroc", _area(actual, score, people, seed))
            for metric in ("sensitivity", "specificity", "kappa"):
                row |= _three(metric, _decided(metric, actual, called, people, seed))
            rows.append(row)
    return pd.DataFrame(rows)


def change_table(
    opinions: Mapping[int, Opinion], photographs: Mapping[int, ReviewPhotograph], labels: Sequence[str]
) -> pd.DataFrame:
    """Returns how often the consensus is another label than the table's, by why the photograph was read.

    Returns:
        `reason`, `photographs` (with a known label before and a consensus now), `changed`, and `share` with its
        Clopper-Pearson interval.
    """
    counts: dict[str, list[int]] = {}
    for number, opinion in opinions.items():
        listed = photographs[number].listed
        pairs = [(listed.given.get(label), opinion.agreed(label)[0]) for label in labels]
        known = [(before, now) for before, now in pairs if before is not None and now is not None]
        if known:
            count = counts.setdefault(listed.reason, [0, 0])
            count[0] += 1
            count[1] += any(before != now for before, now in known)
    rows = []
    for reason, (read, changed) in counts.items():
        low, high = proportion(changed / read, read)
        rows.append(
            {
                "reason": reason,
                "photographs": read,
                "changed": changed,
                "share": changed / read,
                "low": low,
                "high": high,
            }
        )
    return pd.DataFrame(rows)


def time_table(grades: Sequence[Grade]) -> pd.DataFrame:
    """Returns how long each reader looked at a photograph, first readings only.

    Returns:
        `reader`, `photographs`, `median`, `quarter`, `three_quarters` (seconds), and `minutes` altogether.
    """
    rows = []
    for name, found in sorted(blind_readings(grades).items()):
        seconds = np.array([grade.seconds for grade in found.values()])
        quarter, median, most = np.percentile(seconds, [25, 50, 75])
        rows.append({
            "reader": name, "photographs": len(seconds), "median": median, "quarter": quarter, "three_quarters": most,
            "minutes": seconds.sum() / 60,
        })  # fmt: skip
    return pd.DataFrame(rows)


def _known(grade: Grade, label: str) -> bool:
    return grade.labels.get(label) is not None


def _values(found: Mapping[int, Grade], numbers: Sequence[int], label: str) -> Array:
    return np.array([found[number].labels[label] for number in numbers], dtype=np.float64)


def _people(photographs: Mapping[int, ReviewPhotograph], numbers: Sequence[int]) -> NDArray[np.intp]:
    return np.unique([photographs[number].listed.person for number in numbers], return_inverse=True)[1]


def _decided(
    metric: str, truth: Array, called: Array, people: NDArray[np.intp], seed: int
) -> tuple[float, float, float]:
    value = float(decision_metrics(called, truth, np.ones((len(truth), 1)))[metric][0])
    draws = [
        decision_metrics(called, truth, weights)[metric]
        for weights in patient_weights(people, repeats=REPEATS, seed=seed)
    ]
    if metric != "kappa" and not np.isnan(value):  # a proportion, which has an interval at 0 and 1 too
        wanted = truth == (metric == "sensitivity")
        return value, *proportion(value, len(np.unique(people[wanted])))
    return tuple(interval(value, np.concatenate(draws), len(np.unique(people))))  # type: ignore[return-value]


def _area(truth: Array, score: Array, people: NDArray[np.intp], seed: int) -> tuple[float, float, float]:
    if len(np.unique(truth)) < 2:
        return np.nan, np.nan, np.nan
    ranking = Ranking(truth, score)
    draws = [ranking.auroc_and_auprc(weights)[0] for weights in patient_weights(people, repeats=REPEATS, seed=seed)]
    rarest = min(len(np.unique(people[truth == value])) for value in (0, 1))
    return tuple(area_interval(float(roc_auc_score(truth, score)), np.concatenate(draws), rarest))  # type: ignore[return-value]


def _three(metric: str, found: tuple[float, float, float]) -> dict[str, float]:
    return dict(zip((metric, f"{metric}_low", f"{metric}_high"), found, strict=True))
