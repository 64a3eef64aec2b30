"""The data for choosing photographs: features of all, and the labels of those that have any."""

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fundusfm.config.data import NextConfig
from fundusfm.data.manifest.labels import Targets, Task, read_targets
from fundusfm.data.manifest.select import matching
from fundusfm.data.manifest.splits import patient_groups
from fundusfm.data.store.reader import Store, open_store
from fundusfm.errors import ConfigError, LabelError, WeightsError
from fundusfm.models.bundle import Bundle
from fundusfm.models.inference import check_fit
from fundusfm.models.released import default_weights
from fundusfm.models.resolve import resolve_weights, without_head
from fundusfm.report.read import Run, read_run
from fundusfm.training.linear.features import cached_features


@dataclass(frozen=True)
class LabelMaterial:
    """Labelled photographs, and those to choose from.

    Attributes:
        targets: Labels of the n labelled photographs; none where no label was named.
        features: float32 (n, d).
        groups: (n,) their patients.
        pool: The m photographs to choose from, as a store.
        pool_features: float32 (m, d).
        pool_groups: (m,) their patients.
    """

    targets: Targets | None
    features: NDArray[np.float32]
    groups: NDArray[np.object_]
    pool: Store
    pool_features: NDArray[np.float32]
    pool_groups: NDArray[np.object_]


@dataclass(frozen=True)
class _Source:
    store: Store
    kept: NDArray[np.bool_]
    labels: list[str]
    task: Task
    bundle: Bundle


def read_material(config: NextConfig) -> LabelMaterial:
    """Reads labels, and computes features or takes them from the cache.

    Raises:
        ConfigError: There is no photograph without a label to choose from, or --labels was given for a run.
        LabelError: A label's column is missing or holds something else.
        StoreError: A store cannot be opened.
        WeightsError: The weights cannot be used.
        RunFolderError: The run has no bundle.
    """
    source = _read_source(config)
    store = source.store
    bundle = without_head(source.bundle)
    targets, known = None, np.zeros(len(store), bool)
    if source.labels:
        targets = read_targets(store.frame, source.labels, task=source.task, where=str(store.path))
        known = targets.known()
    pool = _pool(config, source, known, targets)
    labelled = np.flatnonzero(source.kept & known)
    features = _features(bundle, store)
    if pool is None:
        rows = np.flatnonzero(source.kept & ~known)
        pool, pool_features = store.take(rows), features[rows]
    else:
        rows = _unlabelled(pool, store.take(labelled), targets)
        pool, pool_features = pool.take(rows), _features(bundle, pool)[rows]
    if not len(pool):
        raise ConfigError(
            f"Every photograph of {config.pool or store.path} has a label: name a store of photographs without labels "
            "with --pool."
        )
    chosen = None
    if targets is not None:
        chosen = Targets(targets.labels, targets.values[labelled], targets.task, targets.classes, targets.ordered)
    return LabelMaterial(
        chosen,
        features[labelled],
        patient_groups(store.frame.iloc[labelled]),
        pool,
        pool_features,
        patient_groups(pool.frame),
    )


def _read_source(config: NextConfig) -> _Source:
    if not (Path(config.source) / "config.yaml").exists():
        store = open_store(config.source)
        bundle = _bundle(config.weights or default_weights(), store)
        return _Source(store, np.ones(len(store), bool), list(config.labels or []), "multilabel", bundle)
    if config.labels:
        raise ConfigError(f"--labels: the run {config.source} has labels of its own; leave the option out.")
    run = read_run(config.source)
    store = open_store(str(run.config["data"]))
    expression = run.config.get("select")
    kept = np.ones(len(store), bool)
    if expression:
        kept = matching(store.frame, str(expression), where=str(store.path))
    bundle = _bundle(config.weights, store) if config.weights else _of_run(run, store)
    return _Source(store, kept, list(run.config["labels"]), run.config.get("task", "binary"), bundle)


def _of_run(run: Run, store: Store) -> Bundle:
    """Returns the network of a run: for a probe the one it started from, whose features are in the cache."""
    if run.method == "LF":
        with suppress(WeightsError):  # it may have gone since
            return resolve_weights(
                str(run.config["weights"]),
                backbone=run.config.get("backbone"),
                size=store.header.size,
                imagenet_weights=run.config.get("imagenet_weights"),
                seed=int(run.config.get("seed", 0)),
            )
    return _bundle(str(run.path), store)


def _bundle(weights: str, store: Store) -> Bundle:
    return resolve_weights(weights, backbone=None, size=store.header.size, imagenet_weights=None, seed=0)


def _pool(config: NextConfig, source: _Source, known: NDArray[np.bool_], targets: Targets | None) -> Store | None:
    """Returns the store that was named to choose from; None for the source's own."""
    if config.pool is None:
        return None
    pool = open_store(config.pool)
    if pool.header.size != source.store.header.size:
        raise ConfigError(
            f"--pool {config.pool} has images of {pool.header.size} px, but {source.store.path} of "
            f"{source.store.header.size} px: prepare both with one --size."
        )
    if targets is not None and not (source.kept & known).any():
        raise LabelError(
            f"{source.store.path}: no photograph has a known {' or '.join(source.labels)}: fill the column, or leave "
            "--labels out to choose by diversity alone."
        )
    return pool


def _unlabelled(pool: Store, labelled: Store, targets: Targets | None) -> NDArray[np.intp]:
    """Returns the rows of a pool whose photograph is not among the labelled ones, and that have no label themselves."""
    fresh = ~pool.frame["sha256"].isin(set(labelled.frame["sha256"])).to_numpy(bool)
    if targets is not None and targets.task != "multiclass":
        there = [label for label in targets.labels if label in pool.frame]
        if there:
            own = read_targets(pool.frame, there, task="multilabel", where=str(pool.path))
            fresh &= ~own.known()
    return np.flatnonzero(fresh)


def _features(bundle: Bundle, store: Store) -> NDArray[np.float32]:
    check_fit(bundle, store)
    return cached_features(bundle, store)
