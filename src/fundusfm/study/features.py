"""Extracts the features of a store once, before the cells that share them."""

from dataclasses import dataclass

from fundusfm.data.store.reader import open_store
from fundusfm.models.resolve import resolve_weights, without_head
from fundusfm.training.linear.features import cached_features


@dataclass(frozen=True, kw_only=True)
class FeaturesConfig:
    """Which features to compute.

    Attributes:
        weights: What `--weights` may be.
        store: The store.
        backbone: timm model name, where it cannot be told.
    """

    weights: str
    store: str
    backbone: str | None = None


def extract_features(config: FeaturesConfig) -> None:
    """Computes what `fundusfm probe` would compute first, into the cache folder."""
    opened = open_store(config.store)
    bundle = without_head(resolve_weights(config.weights, backbone=config.backbone, size=opened.header.size))
    cached_features(bundle, opened)
