"""Which photographs each fit of a segmenter learns from."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fundusfm.data.splits import group_folds, nested_fraction
from fundusfm.data.vessels import VesselImage
from fundusfm.errors import SplitError


@dataclass(frozen=True)
class VesselCohort:
    """Photographs with vessels, and their folds.

    Attributes:
        images: The manifests' rows.
        folds: int (n,), test fold of each; -1 where there are no folds.
        fraction: Share of the training patients used.
        seed: Of folds and fractions.
    """

    images: list[VesselImage]
    folds: NDArray[np.int64]
    fraction: float
    seed: int

    @property
    def groups(self) -> NDArray[np.object_]:
        """(n,) the patient of each photograph."""
        return np.array([image.group for image in self.images], dtype=object)

    def train_rows(self, fold: int | None) -> NDArray[np.bool_]:
        """Returns what a fold learns from, (n,): the fraction of the patients outside its test part.

        Args:
            fold: Number of the fold; None for the final fit, which leaves nothing out.
        """
        outside = np.ones(len(self.images), bool) if fold is None else self.folds != fold
        chosen = np.zeros(len(self.images), bool)
        chosen[outside] = nested_fraction(
            self.groups[outside], _sets(self.images)[outside], fraction=self.fraction, seed=self.seed
        )
        return chosen


def make_cohort(images: Sequence[VesselImage], *, folds: int, fraction: float, seed: int) -> VesselCohort:
    """Makes folds by whole patients, in which every data set has its share.

    Args:
        images: Rows that have a vessel mask.
        folds: Number of folds; 0 makes none.
        fraction: Share of each fold's training patients that is used.
        seed: Fixes both.

    Raises:
        SplitError: There are fewer patients than folds.
    """
    rows = list(images)
    cohort = VesselCohort(rows, np.full(len(rows), -1), fraction, seed)
    if not folds:
        return cohort
    if len(np.unique(cohort.groups.astype(str))) < folds:
        raise SplitError(
            f"{folds} folds cannot be made of the {len(np.unique(cohort.groups.astype(str)))} patients of {len(rows)} "
            "photographs: name more data, or fewer folds (--folds)."
        )
    fold = group_folds(cohort.groups, _sets(rows), folds=folds, seed=seed)
    return VesselCohort(rows, fold, fraction, seed)


def _sets(images: Sequence[VesselImage]) -> NDArray[np.float64]:
    """float (n, data sets), 1 where a photograph belongs to a data set: the strata of folds and fractions."""
    names = np.array([image.dataset for image in images], dtype=str)
    return np.asarray(names[:, None] == np.unique(names)[None], np.float64)
