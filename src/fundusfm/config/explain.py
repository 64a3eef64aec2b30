"""Options of `fundusfm explain` and `fundusfm embed`."""

from dataclasses import dataclass
from typing import Literal

from fundusfm.config.shared import BackboneOptions, ComputingOptions, OutputFolder
from fundusfm.config.types import Column, Expression, InputPath, Label, ManifestPath, StorePath, Weights


@dataclass(frozen=True, kw_only=True)
class ExplainConfig(OutputFolder, ComputingOptions):
    """Options of `fundusfm explain`.

    Attributes:
        weights: Bundle with a head, a run folder that holds one, or a name from `fundusfm weights list`. Without it the
            bundle `light` that ships with the package.
        paths: Image files, folders (searched to any depth), zip archives, DICOM files and manifests; or give --data.
        data: Store or manifest whose photographs to explain.
        select: Keep the rows of --data where this holds, such as `abnormal == 1`.
        label: Whose evidence to show; `abnormal` by default, or each photograph's highest-scoring label where the model
            has no such label.
        cam: `gradcam`, or `hirescam`, which reads a finer grid and shows small lesions apart.
        limit: Explain at most so many photographs, the first ones.
        maps: Also write OUT/maps, the heat as 16-bit PNG in original pixels (65535 = strongest).
        lesions: Also measure how much of the heat lies on lesions: those of the masks that the manifest of --data names
            in its columns MA, HE, EX and SE.
        structures: Bundle of a segmenter, such as `structures`: measures it on the lesions that it finds.
        against: Further bundles with the label, whose maps are measured on the same photographs; NAME=BUNDLE names one.
        tolerance: How far from a lesion still counts as on it, as a share of the field of view's diameter.
    """

    weights: Weights | None = None
    paths: list[InputPath] | None = None
    data: ManifestPath | None = None
    select: Expression | None = None
    label: Label | None = None
    cam: Literal["gradcam", "hirescam"] = "gradcam"
    limit: int = 16
    maps: bool = False
    lesions: bool = False
    structures: Weights | None = None
    against: list[Weights] | None = None
    tolerance: float = 0.04


@dataclass(frozen=True, kw_only=True)
class EmbedConfig(OutputFolder, BackboneOptions, ComputingOptions):
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
