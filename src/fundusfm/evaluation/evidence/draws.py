"""Resamples of the patients of a set: drawn once and kept, or drawn anew for each use where they are too many."""

from collections.abc import Callable, Iterator

import numpy as np

from fundusfm.evaluation.intervals import patient_weights
from fundusfm.evaluation.table import CV, PredictionTable
from fundusfm.evaluation.weighted import Array

_MOST_KEPT = 1 << 24
"""Weights that are kept, 128 MiB."""


class Draws:
    """How often each image of a set was drawn with its patient, in each resample.

    Args:
        part: The set; in cross-validation patients are drawn within their folds.
        repeats: Number of resamples.
        seed: Random seed.
    """

    def __init__(self, part: PredictionTable, *, repeats: int, seed: int) -> None:
        self._part, self._repeats, self._seed = part, repeats, seed
        self._kept: list[Array] | None = None
        if len(part.images) * repeats <= _MOST_KEPT:
            self._kept = list(self._drawn())

    def collect(self, function: Callable[[Array], Array]) -> Array:
        """Returns what a function makes of the resamples, along the last axis.

        Args:
            function: Takes weights of shape `(n, r)`, and returns an array whose last axis has the length `r`.
        """
        chunks = self._drawn() if self._kept is None else self._kept
        return np.concatenate([function(weights) for weights in chunks], axis=-1)

    def _drawn(self) -> Iterator[Array]:
        strata = self._part.folds if self._part.name == CV else None
        return patient_weights(self._part.patients, repeats=self._repeats, seed=self._seed, strata=strata)
