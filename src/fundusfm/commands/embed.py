"""`fundusfm embed`: features of photographs as a table, and their map coloured by any column."""


def embed(
    *,
    weights: str,
    data: list[str],
    out: str,
    color: list[str] | None = None,
    select: str | None = None,
    backbone: str | None = None,
    imagenet_weights: str | None = None,
    perplexity: float = 30.0,
    batch_size: int = 64,
    seed: int = 0,
    overwrite: bool = False,
) -> None:
    """Writes the features of stores and a t-SNE map of them.

    OUT holds `features.parquet` (a row per photograph: the manifest's columns, `tsne_x`, `tsne_y`, `f0000` …), a map
    per column as `map_COLUMN.png` and, with names under the pointer, as `map_COLUMN.html`, and `metrics.json` with
    silhouette and nearest-neighbour accuracy of each column in feature space.

    Args:
        weights: A bundle, a listed name, `scratch` or `imagenet`.
        data: Stores, as made by `fundusfm data prepare`.
        out: Folder to write.
        color: Columns that colour the map, such as `disease`; the data set by default. Numbers get a scale, other
            values a colour each; an empty cell is unknown and grey.
        select: Keep the rows where this holds; a store without the column is kept whole.
        backbone: timm model name, for `scratch` and `imagenet` only.
        imagenet_weights: File of ImageNet weights with timm keys; without it timm fetches its own.
        perplexity: Of t-SNE, about the number of neighbours that matter; lowered where there are few photographs.
        batch_size: Images per forward pass.
        seed: Of the map.
        overwrite: Replace an existing folder.

    Raises:
        ConfigError: A column of --color is in no store, or there are too few photographs.
        StoreError: A store is missing.
        WeightsError: The weights are missing or do not fit the stores.
    """
    config = dict(locals())
    from fundusfm.explain.embed import run_embed

    run_embed(**config)
