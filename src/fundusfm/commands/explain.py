"""`fundusfm explain`: where a model sees the evidence for a label, drawn on the original photographs."""

from typing import Literal


def explain(
    *,
    weights: str | None = None,
    out: str,
    images: list[str] | None = None,
    data: str | None = None,
    select: str | None = None,
    label: str | None = None,
    method: Literal["gradcam", "hirescam"] = "gradcam",
    limit: int = 16,
    maps: bool = False,
    overwrite: bool = False,
) -> None:
    """Draws class activation maps over photographs, in original pixels.

    Writes OUT/overlays (one picture per photograph, at its full size), OUT/sheets (photograph, crop and overlay side
    by side, with score and colour bar) and OUT/explain.csv. A file that cannot be read keeps its row, with the reason.

    Args:
        weights: Bundle with a head, a run folder that holds one, or a name from `fundusfm weights list`. Without it
            the bundle `light` that ships with the package.
        out: Folder to write.
        images: Photographs to explain, as files or folders; or give --data.
        data: Store or manifest whose photographs to explain.
        select: Keep the rows of --data where this holds, such as `abnormal == 1`.
        label: Whose evidence to show; `abnormal` by default, or each photograph's highest-scoring label where the
            model has no such label.
        method: `gradcam`, or `hirescam`, which reads a finer grid and shows small lesions apart.
        limit: Explain at most so many photographs, the first ones.
        maps: Also write OUT/maps, the heat as 16-bit PNG in original pixels (65535 = strongest).
        overwrite: Replace an existing folder.

    Raises:
        ConfigError: Neither or both of --images and --data are given, or --limit is below 1.
        WeightsError: The weights are missing, have no head, or have no layer that shows positions; or none are named,
            and none ship.
        LabelError: The model has no such label.
    """
    config = dict(locals())
    from fundusfm.explain.explain import run_explain

    run_explain(**config)
