"""Frozen features, computed once per model and store."""

import hashlib
import json
import sys
from importlib import metadata
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fundusfm.data.store.reader import Store
from fundusfm.models.bundle import Bundle
from fundusfm.models.inference import features
from fundusfm.models.listing import cache_folder
from fundusfm.runs import write_cached
from fundusfm.training.arrays import array_bytes, read_array

_WAY_OF_PIXELS = 1
"""Counts changes of the code between a store's images and the pooled features that change their values."""


def contract_hash(bundle: Bundle) -> str:
    """Returns a SHA-256 of all in a bundle that decides which features an image gets.

    Equal weights are not enough: with another normalisation, pooling or crop the same network gives other features.
    """
    card = bundle.card
    contract = {
        "weights": bundle.hash,
        "architecture": card.architecture,
        "arguments": card.arguments,
        "size": card.size,
        "mean": card.mean,
        "std": card.std,
        "crop": card.crop,
    } | ({"views": card.views} if card.views > 1 else {})
    return hashlib.sha256(json.dumps(contract, sort_keys=True).encode()).hexdigest()


def features_path(bundle: Bundle, store: Store) -> Path:
    """Returns where the features of a store under a model are kept: in the cache folder, by the hashes of both."""
    code = f"{metadata.version('fundusfm')}-{_WAY_OF_PIXELS}"
    return cache_folder() / "features" / code / contract_hash(bundle)[:32] / f"{store.hash[:32]}.npy"


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
    kept = read_array(path, rows=len(store), log_line=lambda line: print(line, file=sys.stderr))
    if kept is not None:
        return kept
    computed = features(bundle, store, batch_size=batch_size)
    write_cached(path, array_bytes(computed))
    return computed
