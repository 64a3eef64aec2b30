"""How well a column's groups stand apart in feature space."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import balanced_accuracy_score, silhouette_score
from sklearn.model_selection import GroupKFold, cross_val_predict
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

_NEIGHBOURS = 5
_FOLDS = 5
_SAMPLE = 2000


def separation(
    features: NDArray[np.float32], values: NDArray[np.object_], groups: NDArray[np.object_], *, seed: int = 0
) -> dict[str, Any]:
    """Measures how features separate the values of a column.

    Args:
        features: float (n, d).
        values: (n,) text; an empty one is unknown and left out.
        groups: (n,) patients: no neighbour comes from the photograph's own patient, whose other eye looks alike.
        seed: Random seed of the sample of at most 2,000 rows that the silhouette is computed on.

    Returns:
        `silhouette` (-1..1), `knn_accuracy` and `knn_balanced_accuracy` (0..1) of the five nearest neighbours, and `n`;
        None with a `reason` where the column has fewer than two values or there are too few patients.
    """
    known = values != ""
    names, counts = np.unique(values[known].astype(str), return_counts=True)
    nothing: dict[str, Any] = {
        "silhouette": None,
        "knn_accuracy": None,
        "knn_balanced_accuracy": None,
        "n": int(known.sum()),
    }
    if len(names) < 2:
        return nothing | {"reason": f"the column has {len(names)} known value(s); groups need at least two"}
    if len(np.unique(groups[known].astype(str))) < _FOLDS:
        return nothing | {"reason": f"fewer than {_FOLDS} patients"}
    x, y, patients = (
        StandardScaler().fit_transform(features[known]),
        values[known].astype(str),
        groups[known].astype(str),
    )
    classifier = make_pipeline(StandardScaler(), KNeighborsClassifier(_NEIGHBOURS))
    predicted = cross_val_predict(classifier, features[known], y, groups=patients, cv=GroupKFold(_FOLDS))
    chosen = np.random.default_rng(seed).permutation(len(y))[:_SAMPLE]
    several = len(np.unique(y[chosen])) > 1 and len(np.unique(y[chosen])) < len(chosen)
    return {
        "silhouette": float(silhouette_score(x[chosen], y[chosen])) if several else None,
        "knn_accuracy": float((predicted == y).mean()),
        "knn_balanced_accuracy": float(balanced_accuracy_score(y, predicted)),
        "n": int(known.sum()),
        "largest_share": float(counts.max() / counts.sum()),
    }
