"""Describes where the features of the training photographs lie, so that screening can tell photographs unlike them.

A Gaussian with a low-rank covariance (probabilistic PCA, Tipping and Bishop 1999): variances along the widest axes, one
variance for all other directions. `reference.safetensors` holds it beside the weights; no photograph can be got back
from it. A bundle without the file still predicts; screening then judges by the pixels alone.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from fundusfm.errors import WeightsError
from fundusfm.models.safetensors_header import with_sorted_metadata
from fundusfm.runs import write_atomic

REFERENCE = "reference.safetensors"

_MOST_AXES = 64
_FEWEST = 20
"""Photographs below which no spread can be estimated."""

_CALIBRATION = 0.2
_QUANTILE = 0.99
_SMALLEST_VARIANCE = 1e-8
_NAMES = ("mean", "axes", "variances", "residual", "limits")


@dataclass(frozen=True)
class Reference:
    """The distribution of training features, of width d.

    Attributes:
        mean: float32 (d,).
        axes: float32 (k, d), orthonormal.
        variances: float32 (k,), along the axes.
        residual: float32 (1,), the variance in every other direction.
        limits: float32 (2,), squared distances along and across the axes that 1 % of held-out training photographs
            exceed.
    """

    mean: NDArray[np.float32]
    axes: NDArray[np.float32]
    variances: NDArray[np.float32]
    residual: NDArray[np.float32]
    limits: NDArray[np.float32]

    def distance(self, features: NDArray[np.floating]) -> NDArray[np.float64]:
        """Returns how far photographs are from the training set, (n,): 1 is where its own farthest 1 % begin.

        Args:
            features: (n, d), pooled features by the bundle's network.
        """
        return np.asarray((self._squared(features) / self.limits).max(axis=1), dtype=np.float64)

    def _squared(self, features: NDArray[np.floating]) -> NDArray[np.float64]:
        """Returns (n, 2): the squared Mahalanobis distance along the axes, and across them."""
        centred = np.asarray(features, np.float64) - self.mean
        along = centred @ self.axes.T.astype(np.float64)
        across = np.maximum((centred**2).sum(axis=1) - (along**2).sum(axis=1), 0.0)
        return np.stack([(along**2 / self.variances).sum(axis=1), across / self.residual[0]], axis=1)


def fit_reference(features: NDArray[np.floating], groups: NDArray[np.object_], *, seed: int) -> Reference | None:
    """Describes where features lie; a fifth of the patients only say how far new photographs of the kind are.

    Args:
        features: (n, d), pooled features of the training photographs.
        groups: (n,), patient of each.
        seed: Chooses those patients.

    Returns:
        None where there are too few photographs, or all have the same features.
    """
    patients = np.unique(groups.astype(str))
    count = max(1, round(_CALIBRATION * len(patients)))
    held_out = np.isin(groups.astype(str), np.random.default_rng(seed).permutation(patients)[:count])
    if (~held_out).sum() < _FEWEST or not held_out.any():
        return None
    values = features[~held_out].astype(np.float64)
    mean = values.mean(axis=0)
    width = values.shape[1]
    variances, vectors = np.linalg.eigh((values - mean).T @ (values - mean) / (len(values) - 1))
    kept = min(_MOST_AXES, len(values) // 4, width - 1)
    if variances[-1] < _SMALLEST_VARIANCE:
        return None
    others = max(float(variances[:-kept].sum()) / (width - kept), _SMALLEST_VARIANCE)
    reference = Reference(
        mean=mean.astype(np.float32),
        axes=np.ascontiguousarray(vectors[:, ::-1][:, :kept].T, dtype=np.float32),
        variances=np.maximum(variances[::-1][:kept], _SMALLEST_VARIANCE).astype(np.float32),
        residual=np.array([others], np.float32),
        limits=np.ones(2, np.float32),
    )
    limits = np.quantile(reference._squared(features[held_out]), _QUANTILE, axis=0)
    return Reference(**{**reference.__dict__, "limits": np.maximum(limits, _SMALLEST_VARIANCE).astype(np.float32)})


def write_reference(folder: Path, reference: Reference, *, weights: str) -> None:
    """Writes `reference.safetensors` into a bundle folder, atomically.

    Args:
        folder: The bundle.
        reference: What to write.
        weights: The bundle's hash: features of another network lie elsewhere.
    """
    tensors = {name: getattr(reference, name) for name in _NAMES}
    content = save(tensors, metadata={"weights": weights, "sha256": _digest(tensors)})
    write_atomic(folder / REFERENCE, with_sorted_metadata(content))


def read_reference(folder: Path, *, weights: str) -> Reference | None:
    """Reads a bundle's reference; None where it has none.

    Args:
        folder: The bundle.
        weights: Hash of the bundle's weights.

    Raises:
        WeightsError: The file is damaged, incomplete, or belongs to other weights.
    """
    path = folder / REFERENCE
    if not path.exists():
        return None
    try:
        with safe_open(path, framework="numpy") as file:
            metadata = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in _NAMES}
    except (SafetensorError, OSError) as error:
        raise WeightsError(f"{path} cannot be read ({error}); copy the bundle again, or remove this file.") from error
    if metadata.get("sha256") != _digest(tensors):
        raise WeightsError(f"{path} is damaged: its content is not what was written. Copy the bundle again.")
    if metadata.get("weights") != weights:
        raise WeightsError(f"{path} belongs to other weights than model.safetensors beside it: copy both from one run.")
    return Reference(**tensors)


def _digest(tensors: dict[str, NDArray[np.float32]]) -> str:
    digest = hashlib.sha256()
    for name in _NAMES:
        digest.update(f"{name}{tensors[name].shape}{tensors[name].dtype}".encode())
        digest.update(np.ascontiguousarray(tensors[name]).tobytes())
    return digest.hexdigest()
