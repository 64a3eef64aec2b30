"""Frozen features, computed once per pair of weights and store."""

import io
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fundusfm.data.store.reader import Store
from fundusfm.models.bundle import Bundle
from fundusfm.models.inference import features
from fundusfm.models.listing import cache_folder
from fundusfm.runs import write_atomic


def features_path(bundle: Bundle, store: Store) -> Path:
    """Returns where the features of a store under some weights are kept: the cache folder, by the two hashes."""
    return cache_folder() / "features" / bundle.hash[:32] / f"{store.hash[:32]}.npy"


def cached_features(bundle: Bundle, store: Store, *, batch_size: int = 64) -> NDArray[np.float32]:
    """Returns the pooled features of every row of a store, from the cache where they are there already.

    Give the whole store, not a selection of its rows: the hash of a selection is another one.

    Args:
        bundle: The network and its card.
        store: Prepared images.
        batch_size: Images per forward pass.

    Returns:
        float32 (rows, d).

    Raises:
        WeightsError: The store's crop or size does not fit the bundle.
    """
    path = features_path(bundle, store)
    if path.exists():
        kept: NDArray[np.float32] = np.load(path, allow_pickle=False)
        return kept
    computed = features(bundle, store, batch_size=batch_size)
    path.parent.mkdir(parents=True, exist_ok=True)
    content = io.BytesIO()
    np.save(content, computed)
    write_atomic(path, content.getvalue())
    return computed
