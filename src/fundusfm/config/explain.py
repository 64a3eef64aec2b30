"""Options of `fundusfm explain`."""

from dataclasses import dataclass
from typing import Literal

from fundusfm.config.shared import OutputFolder
from fundusfm.config.types import Expression, InputPath, Label, ManifestPath, Weights


@dataclass(frozen=True, kw_only=True)
class ExplainConfig(OutputFolder):
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
    """

    weights: Weights | None = None
    paths: list[InputPath] | None = None
    data: ManifestPath | None = None
    select: Expression | None = None
    label: Label | None = None
    cam: Literal["gradcam", "hirescam"] = "gradcam"
    limit: int = 16
    maps: bool = False
