"""The work of `fundusfm embed`."""

from pathlib import Path

import numpy as np
import pandas as pd

from fundusfm.config.explain import EmbedConfig
from fundusfm.data.manifest.select import select_many
from fundusfm.data.manifest.splits import patient_groups
from fundusfm.data.store.reader import Store, open_store
from fundusfm.errors import ConfigError
from fundusfm.explain.maps import is_number, map_figure, write_map_page
from fundusfm.explain.separation import separation
from fundusfm.explain.tsne import check_map, tsne_map
from fundusfm.models.inference import check_fit
from fundusfm.models.resolve import resolve_weights, without_head
from fundusfm.names import file_name
from fundusfm.parquet import read_parquet, write_parquet
from fundusfm.report.save import figure_png
from fundusfm.runs import open_run, write_atomic
from fundusfm.training.linear.features import cached_features

_OWN = ("source", "sha256", "height", "width", "fov_x", "fov_y", "fov_radius", "fov_found", "fov_reason")
"""Columns of a store that say nothing about the patient."""


def run_embed(config: EmbedConfig) -> pd.DataFrame:
    """Runs the command; see `fundusfm.commands` for results and errors."""
    stores = [open_store(source) for source in config.data]
    columns = config.color or ["dataset"]
    known = {str(column) for store in stores for column in store.frame} | {"dataset"}
    for column in columns:
        if column not in known:
            raise ConfigError(f"--color {column}: no store has such a column; there are {', '.join(sorted(known))}.")
    bundle = resolve_weights(
        config.weights,
        backbone=config.backbone,
        size=stores[0].header.size,
        imagenet_weights=config.imagenet_weights,
        seed=config.seed,
        device=config.device,
    )
    bundle = without_head(bundle)  # the map needs none, and a convolutional backbone alone takes any size
    for store in stores:
        check_fit(bundle, store)
    masks = [np.ones(len(store), bool) for store in stores]
    if config.select:
        masks, _ = select_many(
            [store.frame for store in stores], config.select, where=[str(store.path) for store in stores]
        )
    check_map(sum(int(mask.sum()) for mask in masks))
    run = open_run(config.out, command="embed", config=config, overwrite=config.overwrite)
    for size in sorted({store.header.size for store in stores} - {bundle.card.size}):
        run.log(f"the backbone was trained at {bundle.card.size} px and is used at {size} px")
    features = np.concatenate(
        [
            cached_features(bundle, store, batch_size=config.batch_size)[mask]
            for store, mask in zip(stores, masks, strict=True)
        ]
    )
    frame = pd.concat([_described(store, mask) for store, mask in zip(stores, masks, strict=True)], ignore_index=True)
    frame = frame.fillna("").astype(str)
    places = tsne_map(features, perplexity=config.perplexity, seed=config.seed) if config.map else None
    _write_features(run.path / "features.parquet", frame, places, features)
    groups = patient_groups(frame)
    measured = {}
    for column in columns:
        if places is not None:
            title = f"{bundle.card.name}: {len(frame)} photographs by {column}"
            stem = file_name(f"map_{column}")
            write_atomic(run.path / f"{stem}.png", figure_png(map_figure(places, frame[column], title=title)))
            write_map_page(run.path / f"{stem}.html", places, frame, column, title=title)
        if is_number(frame[column]):
            continue
        measured[column] = separation(features, frame[column].to_numpy(object), groups, seed=config.seed)
        run.log(
            f"{column}: "
            + ", ".join(
                f"{key} {value:.3f}" if isinstance(value, float) else f"{key} {value}"
                for key, value in measured[column].items()
            )
        )
    run.write_metrics({"separation": measured})
    run.log(f"wrote {run.path / 'features.parquet'} and {len(columns) if config.map else 'no'} map(s)")
    return read_parquet(run.path / "features.parquet")


def _described(store: Store, mask: np.ndarray) -> pd.DataFrame:
    """Returns a store's own columns, each row with the name of its data set."""
    frame = store.frame[mask].drop(columns=list(_OWN), errors="ignore")
    named = frame["dataset"].where(frame["dataset"] != "", store.name) if "dataset" in frame else store.name
    return frame.assign(dataset=named)


def _write_features(path: Path, frame: pd.DataFrame, places: np.ndarray | None, features: np.ndarray) -> None:
    parts = [frame, pd.DataFrame(features, columns=[f"f{place:04d}" for place in range(features.shape[1])])]
    if places is not None:
        parts.insert(1, pd.DataFrame(places, columns=["tsne_x", "tsne_y"]))
    table = pd.concat(parts, axis=1)
    write_parquet(path, table)
