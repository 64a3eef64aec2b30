"""Features of a store under a bundle, computed before the cells that share them."""

from fundusfm.data.store.reader import open_store
from fundusfm.models.start import resolve_weights, without_head
from fundusfm.training.linear.features import cached_features


def extract_features(*, weights: str, store: str) -> None:
    """Computes what `fundusfm probe` would compute first, into the cache folder.

    Args:
        weights: The bundle.
        store: The store.
    """
    opened = open_store(store)
    bundle = without_head(resolve_weights(weights, size=opened.header.size))
    cached_features(bundle, opened)
