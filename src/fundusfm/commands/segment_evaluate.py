"""`fundusfm segment evaluate`: how well a segmenter finds vessels in data that tuned nothing."""

from typing import Any


def segment_evaluate(
    *,
    weights: str,
    data: list[str],
    out: str,
    select: str | None = None,
    flips: bool = False,
    seed: int = 0,
    overwrite: bool = False,
) -> dict[str, Any]:
    """Scores a segmenter inside the field of view, in original pixels, at the threshold that it stores.

    Metrics are averaged over photographs, with 95 % intervals from resampled patients; `auroc_pooled` is over all
    pixels at once. Where the data have a second observer, that one is scored against the first in the same way. Leaves
    images.parquet, curves.parquet, overlays and sheets beside metrics.json.

    Args:
        weights: Bundle of a segmenter, a run folder that holds one, or a listed name.
        data: Manifests with columns `image` and `vessels`, perhaps `fov`, `second_observer` and `patient`; NAME=PATH
            names a set.
        out: Run folder to write.
        select: Keep the rows where this holds, such as `part == 'test'`; a set without the column is kept whole.
        flips: Average each photograph with its three mirror images.
        seed: Fixes the resamples.
        overwrite: Replace an existing run folder.

    Returns:
        What `metrics.json` holds: `external.<set>.vessels.<metric>.{value,low,high}`, and `second_observer` likewise.

    Raises:
        WeightsError: There is no such segmenter.
        ConfigError: Two sets have one name.
        ManifestError: A manifest cannot be read, or has no vessel masks.
        MaskError: A mask is missing or does not fit its photograph.
        DecodeError: A photograph is missing or damaged.
        SelectError: The selection cannot be read or keeps no row.
    """
    config = dict(locals())
    from fundusfm.vessels.scoring.evaluate import run_segment_evaluate

    return run_segment_evaluate(**config)
