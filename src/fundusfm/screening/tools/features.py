"""`fundusfm.FundusFeatures`: a backbone as a transformer of scikit-learn, from paths of photographs to features."""

from collections.abc import Sequence
from os import PathLike, fspath
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin

from fundusfm.data.inputs.find import find_sources
from fundusfm.data.inputs.source import Source
from fundusfm.data.parallel import worker_count
from fundusfm.errors import ConfigError, DecodeError, WeightsError
from fundusfm.models.bundle import Bundle
from fundusfm.models.engine.devices import AUTO
from fundusfm.models.engine.engine import FEATURES
from fundusfm.models.resolve import resolve_weights
from fundusfm.names import shown
from fundusfm.platforms import cores
from fundusfm.screening.pipeline import prepared
from fundusfm.screening.prepare import Unreadable

if TYPE_CHECKING:
    from sklearn.utils import Tags

_BATCH = 16
_SIZE = 224


class FundusFeatures(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """The pooled features of a backbone, for pipelines of scikit-learn.

    Photographs are read, cropped to the field of view and normalised as the backbone was trained. Nothing is learnt:
    `fit` checks the input and loads the weights. A fitted transformer can be pickled; it then holds the name of the
    weights and their hash, loads them where it is used, and refuses others.

    Args:
        weights: Bundle, run folder that holds one, or listed name (`fundusfm weights list`), with or without a head.
        device: What computes: `auto`, `cpu`, `cuda`, or an execution provider of ONNX Runtime in small letters.
        unreadable: `raise` an error for a photograph that cannot be decoded or is not there, or give it a row of `nan`.
        n_jobs: Processes that decode; None for one per core where there are many photographs, -1 for one per core.

    Attributes:
        n_features_out_: Number of features.
        weights_sha256_: Hash of the weights.

    Example:
        >>> from sklearn.linear_model import LogisticRegression
        >>> from sklearn.pipeline import make_pipeline
        >>> model = make_pipeline(FundusFeatures("light"), LogisticRegression(max_iter=1000))
        >>> model.fit(paths, labels)  # doctest: +SKIP
    """

    def __init__(
        self,
        weights: str = "light",
        *,
        device: str = AUTO,
        unreadable: Literal["raise", "nan"] = "raise",
        n_jobs: int | None = None,
    ) -> None:
        self.weights = weights
        self.device = device
        self.unreadable = unreadable
        self.n_jobs = n_jobs

    def fit(self, X: ArrayLike, y: object = None) -> "FundusFeatures":
        """Checks the paths and loads the weights.

        Args:
            X: Paths of photographs, (n,) or (n, 1): a list, an array, or a column of a data frame.
            y: Not used.

        Raises:
            ConfigError: X is something else, a path does not exist or names several photographs, or an option is
                wrong.
            WeightsError: There are no such weights, or they are damaged.
        """
        if self.unreadable not in ("raise", "nan"):
            raise ConfigError(f"unreadable is {self.unreadable!r}; it must be 'raise' or 'nan'.")
        self._sources(X)
        self._bundle = self._load()
        self.weights_sha256_ = self._bundle.hash
        self.n_features_out_ = self._bundle.engine.width(FEATURES)
        return self

    def transform(self, X: ArrayLike) -> NDArray[np.float32]:
        """Computes the features.

        Args:
            X: Paths as for `fit`.

        Returns:
            float32 (n, n_features_out_), in order.

        Raises:
            ConfigError: As for `fit`.
            DecodeError: A photograph cannot be decoded, and `unreadable` is `raise`.
            NotFittedError: `fit` was not called.
            WeightsError: The weights of this name are no longer those that were fitted.
        """
        from sklearn.utils.validation import check_is_fitted

        check_is_fitted(self)
        sources, bundle = self._sources(X), self._loaded()
        size = bundle.card.size
        found = np.full((len(sources), self.n_features_out_), np.nan, np.float32)
        squares: dict[int, NDArray[np.uint8]] = {}
        for place, photograph in enumerate(prepared(sources, (size,), workers=self._workers(len(sources)))):
            if not isinstance(photograph, Unreadable):
                squares[place] = photograph.squares[size]
            elif self.unreadable == "raise":
                raise DecodeError(f"{photograph.reason} FundusFeatures(unreadable='nan') gives such a row nan.")
            if len(squares) == _BATCH or (squares and place == len(sources) - 1):
                found[list(squares)] = bundle.engine.run(np.stack(list(squares.values())), (FEATURES,))[0]
                squares = {}
        return found

    @property
    def _n_features_out(self) -> int:
        """What scikit-learn's mixin for the names of features asks for."""
        return self.n_features_out_

    def _load(self) -> Bundle:
        return resolve_weights(self.weights, size=_SIZE, device=self.device)

    def _loaded(self) -> Bundle:
        """Returns the bundle, which does not travel with a pickled transformer."""
        if getattr(self, "_bundle", None) is None:
            self._bundle = self._load()
        if self._bundle.hash != self.weights_sha256_:
            raise WeightsError(
                f"{self.weights} now has weights {self._bundle.hash[:12]}, and FundusFeatures was fitted with "
                f"{self.weights_sha256_[:12]}: fit again, or name the weights that were meant."
            )
        return self._bundle

    def _workers(self, photographs: int) -> int:
        return worker_count(cores() if self.n_jobs is not None and self.n_jobs < 0 else self.n_jobs, photographs)

    def __getstate__(self) -> dict[str, Any]:
        state: dict[str, Any] = super().__getstate__()
        return {name: value for name, value in state.items() if name != "_bundle"}

    def __sklearn_tags__(self) -> "Tags":
        tags: Tags = super().__sklearn_tags__()
        tags.input_tags.string = True
        tags.input_tags.one_d_array = True
        tags.input_tags.two_d_array = False
        tags.transformer_tags.preserves_dtype = []
        return tags

    def _sources(self, given: ArrayLike) -> list[Source]:
        """Returns where each photograph is.

        Raises:
            ConfigError: These are no paths, one holds several photographs, or one does not exist and `unreadable` is
                `raise`.
        """
        if isinstance(given, str | PathLike):
            raise ConfigError(f"X is one path, {fspath(given)}: give a list of paths, a row for each.")
        sources: list[Source] = []
        for place, one in enumerate(_column(given)):
            if not isinstance(one, str | PathLike):
                raise ConfigError(
                    f"Row {place} of X is {type(one).__name__}, not a path: give the paths of photographs. "
                    "fundusfm.load(...).features(...) takes arrays and PIL images."
                )
            path = fspath(one)
            try:
                found = find_sources([path])
            except ConfigError:
                if self.unreadable == "raise":
                    raise
                found = [Source(shown(path), path)]  # which cannot be read
            if len(found) != 1:
                raise ConfigError(
                    f"Row {place} of X, {path}, holds {len(found)} photographs: give a path for each, FILE#2 for "
                    "the second one of a file."
                )
            sources += found
        return sources


def _column(given: ArrayLike) -> Sequence[object]:
    """Returns the entries of (n,) or (n, 1)."""
    cells = np.empty(0, object) if isinstance(given, list) and not given else np.asarray(given, dtype=object)
    if cells.ndim == 2 and cells.shape[1] == 1:
        cells = cells[:, 0]
    if cells.ndim != 1:
        raise ConfigError(f"X has the shape {cells.shape}; it must be (n,) or (n, 1): a path for each photograph.")
    return list(cells)
