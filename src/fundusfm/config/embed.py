"""Options of `fundusfm embed`."""

from dataclasses import dataclass

from fundusfm.config.shared import BackboneOptions, OutputFolder
from fundusfm.config.types import Column, Expression, StorePath, Weights


@dataclass(frozen=True, kw_only=True)
class EmbedConfig(OutputFolder, BackboneOptions):
    """Options of `fundusfm embed`.

    Attributes:
        weights: A bundle, a listed name, `scratch` or `imagenet`.
        data: Stores, as made by `fundusfm data prepare`.
        color: Columns that colour the map, such as `disease`; the data set by default. Numbers get a scale, other
            values a colour each; an empty cell is unknown and grey.
        select: Keep the rows where this holds; a store without the column is kept whole.
        map: Draw the map, which needs the extra `[train]`; without it the features and their separation are written.
        perplexity: Of t-SNE, about the number of neighbours that matter; lowered where there are few photographs.
        batch_size: Images per forward pass.
        seed: Random seed of the map and of random weights.
    """

    weights: Weights
    data: list[StorePath]
    color: list[Column] | None = None
    select: Expression | None = None
    map: bool = True
    perplexity: float = 30.0
    batch_size: int = 64
    seed: int = 0
