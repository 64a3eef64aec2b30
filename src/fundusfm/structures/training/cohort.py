"""Which photographs each fit of a segmenter learns from."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fundusfm.data.manifest.splits import group_folds, nested_fraction
from fundusfm.errors import SplitError
from fundusfm.structures.photographs import StructureImage
from fundusfm.structures.scoring.protocols import PROTOCOLS, protocol_splits


@dataclass(frozen=True)
class SegmentCohort:
    """Photographs with masks, and their folds.

    Attributes:
        images: Rows of the manifests.
        folds: int (n,), test fold of each; -1 where there are no folds.
        held_out: bool (n,), the test part of a fixed split: the final fit is tested on it and does not learn from it.
        fraction: Share of the training patients that is used.
        seed: Random seed of folds and fractions.
    """

    images: list[StructureImage]
    folds: NDArray[np.int64]
    held_out: NDArray[np.bool_]
    fraction: float
    seed: int

    @property
    def groups(self) -> NDArray[np.object_]:
        """(n,) the patient of each photograph."""
        return np.array([image.group for image in self.images], dtype=object)

    @property
    def fold_count(self) -> int:
        """Number of folds; 0 where there are none."""
        return int(self.folds.max()) + 1

    def test_rows(self, fold: int | None) -> NDArray[np.bool_]:
        """Returns the photographs that a fit is tested on, (n,).

        Args:
            fold: Number of the fold; None for the final fit, which is tested on what is held out.
        """
        return self.held_out if fold is None else self.folds == fold

    def train_rows(self, fold: int | None) -> NDArray[np.bool_]:
        """Returns the photographs that a fit learns from, (n,): the fraction of the patients outside its test part."""
        available = ~self.test_rows(fold)
        chosen = np.zeros(len(self.images), bool)
        chosen[available] = nested_fraction(
            self.groups[available], _strata(self.images)[available], fraction=self.fraction, seed=self.seed
        )
        return chosen


def make_cohort(
    images: Sequence[StructureImage], *, folds: int, fraction: float, seed: int, protocol: str | None = None
) -> SegmentCohort:
    """Makes folds by whole patients, in which every data set has its share; or takes the split of a protocol.

    Args:
        images: Rows that have a mask.
        folds: Number of folds; 0 makes none.
        fraction: Share of each fold's training patients that is used.
        seed: Random seed of folds and fractions.
        protocol: A key of `PROTOCOLS`, which takes the place of `folds`; photographs outside a fixed split are left
            out.

    Raises:
        ConfigError: There is no such protocol.
        SplitError: There are fewer patients than folds, or the protocol needs other photographs.
    """
    rows = list(images)
    if protocol is not None:
        return _protocol_cohort(rows, protocol, fraction, seed)
    fold = np.full(len(rows), -1)
    if folds:
        groups = np.array([image.group for image in rows], dtype=object)
        patients = len(np.unique(groups.astype(str)))
        if patients < folds:
            raise SplitError(
                f"{folds} folds cannot be made of the {patients} patients of {len(rows)} photographs: name more data, "
                "or fewer folds (--folds)."
            )
        fold = group_folds(groups, _strata(rows), folds=folds, seed=seed)
    return SegmentCohort(rows, fold, np.zeros(len(rows), bool), fraction, seed)


def _protocol_cohort(images: list[StructureImage], protocol: str, fraction: float, seed: int) -> SegmentCohort:
    splits = protocol_splits(protocol, images, seed=seed)
    if PROTOCOLS[protocol].kind == "fixed":
        ((training, test),) = splits
        rows = [images[place] for place in (*training, *test)]
        held_out = np.arange(len(rows)) >= len(training)
        return SegmentCohort(rows, np.full(len(rows), -1), held_out, fraction, seed)
    fold = np.full(len(images), -1)
    for number, (_, test) in enumerate(splits):
        fold[test] = number
    return SegmentCohort(images, fold, np.zeros(len(images), bool), fraction, seed)


def _strata(images: Sequence[StructureImage]) -> NDArray[np.float64]:
    """Returns the strata of folds and fractions, float (n, data sets): 1 where a photograph belongs to a data set."""
    names = np.array([image.dataset for image in images], dtype=str)
    return np.asarray(names[:, None] == np.unique(names)[None], np.float64)
