"""The commands `fundusfm segment ...`."""

from typing import TYPE_CHECKING

from fundusfm.commands.command import command
from fundusfm.config.segment import (
    SegmentEvaluateConfig,
    SegmentJoinConfig,
    SegmentMeasureConfig,
    SegmentPredictConfig,
    SegmentTrainConfig,
)

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from fundusfm.report.read import Run


@command(SegmentTrainConfig)
def segment_train(config: SegmentTrainConfig) -> "Run":
    """Trains a segmenter and writes its bundle; with --folds or --protocol, also scores it on what it never saw.

    Every photograph is brought to one diameter of the field of view. Patches at random places, angles, scales and
    colours are drawn from it, equally often for each structure and, for it, each data set. The loss is cross-entropy
    and soft Dice inside the field of view; masks that a photograph lacks are left out of it. The last epoch's averaged
    weights are kept, and for each mask the threshold with the best mean Dice on the training photographs. Where some of
    them are known to lack the mask, a piece also has to reach what hardly a pixel of these does. Scores of test folds
    are computed inside the field of view, in original pixels.

    Returns:
        The run: its path, metrics, bundle and report.

    Raises:
        ConfigError: An option is out of range, options contradict each other, or the decoder does not fit the backbone.
        ManifestError: A manifest cannot be read, or has no such masks.
        MaskError: A mask is missing, empty, or does not fit its photograph.
        DecodeError: A photograph is missing or damaged.
        SelectError: The selection cannot be read or keeps no row.
        SplitError: There are fewer patients than folds, or photographs of the protocol are missing.
        WeightsError: The weights are missing or do not fit.
    """
    from fundusfm.report.run_report import finished_run
    from fundusfm.structures.training.train import run_segment_train

    run_segment_train(config)
    return finished_run(config.out)


@command(SegmentJoinConfig)
def segment_join(config: SegmentJoinConfig) -> "Path":
    """Makes one segmenter of two: some structures come from the second, the others from the first.

    A structure may need training of its own: arteries and veins, for example, are told apart by following vessels
    across the whole photograph (--patch 0), and microaneurysms by small patches. The bundle holds both networks with
    their thresholds and is used like any other. It has no results of its own until `segment evaluate` and `weights
    export --evaluations` add them, and cannot be trained further.

    Returns:
        The bundle's folder.

    Raises:
        WeightsError: There is no such segmenter, or it is damaged.
        ConfigError: The second does not find these structures, one of them is joined already, or they normalise
            colours differently.
        RunFolderError: The folder exists already.
    """
    from fundusfm.structures.join import run_segment_join

    return run_segment_join(config)


@command(SegmentEvaluateConfig)
def segment_evaluate(config: SegmentEvaluateConfig) -> "Run":
    """Scores a segmenter inside the field of view, in original pixels, at the threshold that it stores.

    Metrics are averaged over photographs, with 95 % intervals from resampled patients; `auroc_pooled` is over all
    pixels at once. Where the data have a second observer, that one is scored against the first in the same way. Leaves
    images.parquet, curves.parquet, overlays and sheets beside metrics.json.

    Returns:
        The run: its path, metrics and report.

    Raises:
        WeightsError: There is no such segmenter.
        ConfigError: Two sets have one name.
        ManifestError: A manifest cannot be read, or has no such masks.
        MaskError: A mask is missing or does not fit its photograph.
        DecodeError: A photograph is missing or damaged.
        SelectError: The selection cannot be read or keeps no row.
    """
    from fundusfm.report.run_report import finished_run
    from fundusfm.structures.scoring.evaluate import run_segment_evaluate

    run_segment_evaluate(config)
    return finished_run(config.out)


@command(SegmentPredictConfig, renamed={"images": "paths"})
def segment_predict(config: SegmentPredictConfig) -> "pd.DataFrame":
    """Finds vessels, optic disc and lesions in photographs of any size, and writes maps in their own pixels.

    Writes OUT/probability/MASK (16-bit PNG, 65535 = for certain) and OUT/masks/MASK (255 where it is, at the threshold
    that the segmenter stores) for each mask that the segmenter knows, OUT/overlays (all of them over the photograph,
    with a legend below), OUT/sheets (forty photographs each, small, to look through) and OUT/segment.csv. Nothing is
    found outside the field of view. A file that cannot be read, is no fundus photograph or too poor to see vessels in
    keeps its row, with the reason, as in `predict`. The exit code is 3 where a file failed, else 0.

    Returns:
        A row per photograph, as in OUT/segment.csv.

    Raises:
        WeightsError: There is no such segmenter.
        ConfigError: A folder holds no image.
        ManifestError: A manifest cannot be read, or its microns_per_pixel holds no number above 0.
    """
    from fundusfm.screening.screener import judge
    from fundusfm.structures.predict import run_segment_predict

    return run_segment_predict(config, judge)


@command(SegmentMeasureConfig)
def measure_vessels(config: SegmentMeasureConfig) -> "pd.DataFrame":
    """Measures vessels, optic disc and lesions, of drawn or of predicted masks, into one tidy table.

    Rows are image x structure x region x measure, each with unit, source and, if there is no value, the reason. Of
    vessels, arteries and veins: density, calibre, fractal dimension and tortuosity, whole and by quadrant around the
    disc. Of arteries and veins in zone B, half a disc diameter to one from the disc's edge: CRAE, CRVE and their ratio
    by Knudtson's revised formula. Of lesions: number and area, whole, by quadrant and by distance to disc and fovea.
    Lengths are in pixels, in disc diameters and, where the size of a pixel is known, in micrometres.

    Returns:
        A row per image, structure, region and measure.

    Raises:
        ConfigError: Not one of data, masks and predictions is given, the table exists, fov and masks differ in number,
            or the folder was not written by `segment predict`.
        ManifestError: The manifest cannot be read, lacks the columns, or has a number that is none.
        MaskError: A mask is missing, damaged, or of another size than its photograph.
        DecodeError: A photograph is missing or damaged.
    """
    from fundusfm.structures.measure.command import run_measure

    return run_measure(config)
