"""Labels that contradict each other: two copies of one photograph, and two photographs of one patient."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from fundusfm.data.manifest.duplicates import find_duplicates
from fundusfm.data.manifest.fingerprint import SIDE, Fingerprint, crop_pattern
from fundusfm.labels.audit.cases import Cases
from fundusfm.labels.audit.judgement import Judgement
from fundusfm.progress import track

_SAME = 0.2
"""Difference in probability below which a model sees no difference between two photographs."""


@dataclass(frozen=True)
class Contradiction:
    """A photograph whose label does not fit that of another one.

    Attributes:
        row: The photograph that is more probably labelled wrong.
        other: The photograph it contradicts.
        label: The label in which they differ.
        kind: `twin` for copies of one photograph, `eyes` for fellow eyes, `repeat` for photographs of one eye.
    """

    row: int
    other: int
    label: str
    kind: str


def twin_pairs(cases: Cases) -> list[tuple[int, int]]:
    """Returns the pairs of photographs that are one picture, exact, mirrored or compressed again; needs the store."""
    if cases.store is None:
        return []
    blank = np.zeros((SIDE, SIDE), np.int8)  # a store keeps crops only, and a pattern of zeros resembles nothing
    hashes = cases.frame["sha256"] if "sha256" in cases.frame else cases.frame["image"]
    prints: list[Fingerprint | None] = []
    for row in track(range(len(cases)), label="looking for twins", unit="photo"):
        crop = cases.crop(row)
        prints.append(None if crop is None else Fingerprint(str(hashes.iloc[row]), crop_pattern(crop), blank))
    return [(pair.first, pair.second) for pair in find_duplicates(prints)]


def contradictions(
    cases: Cases, judgements: Sequence[Judgement], twins: Sequence[tuple[int, int]]
) -> list[Contradiction]:
    """Finds labels that differ where they should not.

    Of twins every difference counts. Of two photographs of a patient a difference counts where the model sees none
    and disputes one of the two labels: diseases of one eye alone exist, and many of them are mild.

    Args:
        cases: The photographs.
        judgements: Their labels.
        twins: As from `twin_pairs`.
    """
    apart = set(twins)
    found = []
    for judgement in judgements:
        found += [
            _blamed(judgement, first, second, "twin") for first, second in twins if _differ(judgement, first, second)
        ]
        for first, second, kind in _of_one_patient(cases):
            gap = np.abs(judgement.probability[first] - judgement.probability[second]).max()
            if (first, second) in apart or not _differ(judgement, first, second) or gap >= _SAME:
                continue
            blamed = _blamed(judgement, first, second, kind)
            if judgement.disputed[blamed.row]:
                found.append(blamed)
    return found


def _of_one_patient(cases: Cases) -> Iterator[tuple[int, int, str]]:
    eyes = cases.frame["eye"].to_numpy() if "eye" in cases.frame else np.full(len(cases), "")
    order = np.argsort(cases.table.patients, kind="stable")
    for rows in np.split(order, np.flatnonzero(np.diff(cases.table.patients[order])) + 1):
        for first, second in combinations(sorted(map(int, rows)), 2):
            if eyes[first] and eyes[second]:
                yield first, second, "repeat" if eyes[first] == eyes[second] else "eyes"


def _differ(judgement: Judgement, first: int, second: int) -> bool:
    one, two = judgement.given[first], judgement.given[second]
    return bool(one >= 0 and two >= 0 and one != two)


def _blamed(judgement: Judgement, first: int, second: int, kind: str) -> Contradiction:
    if judgement.doubt[second] > judgement.doubt[first]:
        first, second = second, first
    return Contradiction(first, second, judgement.label, kind)
