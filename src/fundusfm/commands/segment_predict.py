"""`fundusfm segment predict`: the vessels of photographs, in their own pixels."""


def segment_predict(
    *,
    images: list[str],
    weights: str,
    out: str,
    flips: bool = False,
    overwrite: bool = False,
) -> None:
    """Finds the vessels of photographs of any size, and writes maps in their own pixels.

    Writes OUT/probability (16-bit PNG, 65535 = vessel for certain), OUT/masks (255 = vessel, at the threshold that the
    segmenter stores), OUT/overlays (to look at) and OUT/segment.csv. Outside the field of view there is no vessel. A
    file that cannot be read keeps its row, with the reason.

    Args:
        images: Files, or folders of them.
        weights: Bundle of a segmenter, a run folder that holds one, or a listed name.
        out: Folder to write.
        flips: Average each photograph with its three mirror images: four times the work, a little better.
        overwrite: Replace an existing folder.

    Raises:
        WeightsError: There is no such segmenter.
        ConfigError: A folder holds no image.
    """
    config = dict(locals())
    from fundusfm.vessels.predict import run_segment_predict

    run_segment_predict(**config)
