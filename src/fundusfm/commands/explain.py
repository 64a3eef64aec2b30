"""The commands `fundusfm explain` and `fundusfm embed`."""

from typing import TYPE_CHECKING

from fundusfm.commands.command import command
from fundusfm.config.explain import EmbedConfig, ExplainConfig
from fundusfm.extras import require_extra

if TYPE_CHECKING:
    import pandas as pd


@command(ExplainConfig, renamed={"images": "paths", "method": "cam"})
def explain(config: ExplainConfig) -> "pd.DataFrame":
    """Draws class activation maps over photographs, in original pixels.

    Writes OUT/overlays (one picture per photograph, at its full size), OUT/sheets (photograph, crop and overlay side
    by side, with score and colour bar) and OUT/explain.csv. The scores are those of `fundusfm predict`, and what it
    refuses (no fundus photograph, quality too poor to judge) has no map. A photograph that cannot be read keeps its
    row, with the reason.

    With --lesions or --structures it also writes OUT/lesions.csv, a row per photograph and map: the share of the heat
    that lies on lesions, the share of the field of view that they take, their ratio, and whether the hottest place is
    on a lesion. OUT/lesions_summary.csv has the means with 95 % intervals by patient, for the model, for its map of the
    photograph before, and for each model of --against.

    Returns:
        A row per photograph, as in OUT/explain.csv.

    Raises:
        ConfigError: Neither or both of --images and --data are given, --limit is below 1, or the lesions are not to be
            had.
        MaskError: A mask that the manifest names is missing.
        WeightsError: The weights are missing, have no head, or have no layer that shows positions; or none are named,
            and none ship.
        LabelError: The model has no such label.
    """
    from fundusfm.screening.explanations.explain import run_explain

    return run_explain(config)


@command(EmbedConfig)
def embed(config: EmbedConfig) -> "pd.DataFrame":
    """Writes the features of stores and a t-SNE map of them, or with --no-map the features alone.

    OUT holds `features.parquet` (a row per photograph: the manifest's columns, `tsne_x`, `tsne_y`, `f0000` …), a map
    per column as `map_COLUMN.png` and, with names under the pointer, as `map_COLUMN.html`, and `metrics.json` with
    silhouette and nearest-neighbour accuracy of each column in feature space.

    Returns:
        A row per photograph, as in OUT/features.parquet.

    Raises:
        ConfigError: A column of --color is in no store, or there are too few photographs.
        StoreError: A store is missing.
        WeightsError: The weights are missing or do not fit the stores.
        MissingExtraError: A map is wanted, and the extra `[train]` is not installed.
    """
    from fundusfm.explain.embed import run_embed

    if config.map:
        require_extra("train", "the map of fundusfm embed (--no-map leaves it out)")
    return run_embed(config)
