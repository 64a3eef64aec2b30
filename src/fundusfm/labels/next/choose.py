"""Which photographs to label next: uncertain ones, and not all of one kind.

CLUE (Prabhu et al., "Active Domain Adaptation via Clustering Uncertainty-weighted Embeddings", ICCV 2021): k-means over
features weighted by uncertainty, and from each cluster the one nearest to its centre. Here the unit is a patient.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.special import entr, softmax
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA
from threadpoolctl import threadpool_limits

from fundusfm.evaluation.weighted import Array

_AXES = 64
"""Principal axes that distances are measured along; beyond them is noise."""


def uncertainty(logits: Array, *, multiclass: bool) -> Array:
    """Returns the entropy in bits of the predicted labels (n,): the mean over labels, or that over classes.

    Args:
        logits: float (n, labels).
        multiclass: Whether the classes exclude each other.
    """
    if multiclass:
        return np.asarray(entr(softmax(logits, axis=1)).sum(axis=1) / np.log(2), np.float64)
    yes = 1 / (1 + np.exp(-logits))
    return np.asarray((entr(yes) + entr(1 - yes)).mean(axis=1) / np.log(2), np.float64)


def choose(
    features: NDArray[np.float32], doubt: Array, groups: NDArray[np.object_], n: int, *, seed: int
) -> list[NDArray[np.intp]]:
    """Chooses patients, and with each of them all photographs.

    Args:
        features: float (m, d).
        doubt: Uncertainty of each photograph (m,), at least 0; all alike to choose by diversity alone.
        groups: Patient of each photograph (m,).
        n: How many photographs are wanted.
        seed: Random seed of the clusters.

    Returns:
        The rows of each chosen patient, those of the most uncertain clusters first; together n or a few more, and all
        rows where there are no more than n.
    """
    codes = np.unique(np.asarray(groups, dtype=object).astype(str), return_inverse=True)[1]
    rows_of = [np.flatnonzero(codes == code) for code in range(int(codes.max()) + 1)]
    weights = np.array([doubt[rows].sum() for rows in rows_of]) + 1e-9  # of which k-means takes none of 0
    centres = np.stack([features[rows].mean(axis=0) for rows in rows_of]).astype(np.float64)
    order = list(np.argsort(-weights, kind="stable"))
    if len(codes) > n:
        order = _one_of_each(centres, weights, max(1, round(n * len(rows_of) / len(codes))), seed) + order
    chosen: list[NDArray[np.intp]] = []
    for patient in dict.fromkeys(map(int, order)):
        if sum(map(len, chosen)) >= n:
            break
        chosen.append(rows_of[patient])
    return chosen


def _one_of_each(centres: Array, weights: Array, clusters: int, seed: int) -> list[int]:
    """Returns the patient nearest to the centre of each cluster, clusters with most uncertainty first."""
    spread = centres.std(axis=0)
    scaled = (centres - centres.mean(axis=0)) / np.where(spread > 0, spread, 1)
    axes = min(_AXES, *scaled.shape)
    with threadpool_limits(1):  # sums come out the same whatever the number of cores
        scaled = PCA(axes, random_state=seed).fit_transform(scaled)
        found = KMeans(clusters, n_init=3, random_state=seed).fit(scaled, sample_weight=weights)
    far = np.linalg.norm(scaled - found.cluster_centers_[found.labels_], axis=1)
    filled = [number for number in range(clusters) if (found.labels_ == number).any()]
    members = {number: np.flatnonzero(found.labels_ == number) for number in filled}
    ranked = sorted(filled, key=lambda number: -weights[members[number]].sum())
    return [int(members[number][far[members[number]].argmin()]) for number in ranked]
