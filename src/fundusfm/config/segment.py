"""Options of the commands `fundusfm segment ...`."""

from dataclasses import dataclass
from typing import Literal

from fundusfm.config.fit import CommonFitOptions
from fundusfm.config.shared import BackboneOptions, ComputingOptions, OutputFolder, ResumableFolder
from fundusfm.config.types import Column, Expression, File, Folder, InputPath, ManifestPath, Method, Structure, Weights


@dataclass(frozen=True, kw_only=True)
class SegmentTrainConfig(ResumableFolder, BackboneOptions, CommonFitOptions):
    """Options of `fundusfm segment train`.

    Attributes:
        data: Manifests with columns `image` and those of the masks, perhaps `fov`, `second_observer` and `patient`;
            NAME=PATH names a set.
        structures: What is learnt: vessels, artery_vein, disc or lesions (columns MA, HE, EX, SE); vessels by
            default. A photograph teaches the masks that its row has.
        weights: A bundle whose backbone becomes the encoder, a segmenter that is trained further, a listed name,
            `scratch` or `imagenet`.
        decoder: What stands on the backbone; `unet_small` is a U-Net of few channels, `tiny` a
            cascade of two small U-Nets that has none. That of the segmenter that is trained further, else `unet`.
        method: `LF` leaves the encoder as it is, statistics included; `FF` trains everything.
        size: Diameter in pixels to which the field of view is brought. That of the segmenter that is trained further,
            else 768.
        select: Keep the rows of --data where this holds, such as `part == 'training'`.
        folds: Folds of cross-validation, grouped by patient, before the final fit on all rows; 0 for none.
        protocol: One of the field's splits in place of --folds: drive, chase_db1-children, chase_db1-20-8,
            chase_db1-first-8, chase_db1-last-8, stare-leave-one-out, stare-10-10, stare-16-4 or hrf. Of a fixed split,
            the training part trains the bundle and the test part is scored by it.
        external: Manifests of sets that tune nothing and are scored by the final network.
        fraction: Share of the training patients that is used; a smaller one is part of a larger one.
        patch: Side of a patch in pixels, a multiple of 32; 0 takes the whole crop.
        patches: Patches per photograph and epoch; a --fraction draws more from each, for as many steps.
        batch_size: Patches per step.
        encoder_rate: Share of the rate that the encoder gets; 1 for `scratch` and 0.3 otherwise by default.
        tta: Average each photograph with its mirror images when choosing the threshold and scoring folds.
        seed: Fixes folds, order, patches and initial weights.
    """

    data: list[ManifestPath]
    structures: list[Structure] | None = None
    weights: Weights = "scratch"
    decoder: (
        Literal[
            "unet",
            "unet_small",
            "unetplusplus",
            "manet",
            "linknet",
            "fpn",
            "deeplabv3plus",
            "upernet",
            "segformer",
            "tiny",
        ]
        | None
    ) = None
    method: Method = "FF"
    size: int | None = None
    select: Expression | None = None
    folds: int = 0
    protocol: str | None = None
    external: list[str] | None = None
    fraction: float = 1.0
    patch: int = 256
    patches: int = 8
    epochs: int = 100
    batch_size: int = 8
    learning_rate: float = 1e-3
    encoder_rate: float | None = None
    weight_decay: float = 0.01
    warmup_epochs: float = 1.0
    tta: bool = False


@dataclass(frozen=True, kw_only=True)
class SegmentJoinConfig(OutputFolder):
    """Options of `fundusfm segment join`.

    Attributes:
        weights: Bundle of a segmenter, a run folder that holds one, or a listed name.
        second: Another segmenter, which may have been trained at another size.
        structures: What is taken from the second: vessels, artery_vein, disc or lesions. The rest stays the first's.
    """

    weights: Weights
    second: Weights
    structures: list[Structure]


@dataclass(frozen=True, kw_only=True)
class SegmentEvaluateConfig(OutputFolder, ComputingOptions):
    """Options of `fundusfm segment evaluate`.

    Attributes:
        weights: Bundle of a segmenter, a run folder that holds one, or a listed name.
        data: Manifests with columns `image` and `vessels`, perhaps `fov`, `second_observer` and `patient`; NAME=PATH
            names a set.
        select: Keep the rows where this holds, such as `part == 'test'`; a set without the column is kept whole.
        tta: Average each photograph with its three mirror images.
        seed: Fixes the resamples.
    """

    weights: Weights
    data: list[ManifestPath]
    select: Expression | None = None
    tta: bool = False
    seed: int = 0


@dataclass(frozen=True, kw_only=True)
class SegmentPredictConfig(OutputFolder, ComputingOptions):
    """Options of `fundusfm segment predict`.

    Attributes:
        paths: Image files, folders (searched to any depth), zip archives, DICOM files and manifests.
        weights: Bundle of a segmenter, a run folder that holds one, or a listed name.
        tta: Average each photograph with its three mirror images: four times the work, a little better.
    """

    paths: list[InputPath]
    weights: Weights
    tta: bool = False


@dataclass(frozen=True, kw_only=True)
class SegmentMeasureConfig:
    """Options of `fundusfm segment measure`.

    Attributes:
        out: Table to write, CSV.
        data: Manifest whose columns of masks are measured; give this, masks or predictions.
        masks: Files of vessel masks.
        fov: Files of field-of-view masks, one for each of masks in the same order; without them the field of view of a
            mask is its full frame.
        predictions: Folder that `fundusfm segment predict` wrote; all of its masks are measured.
        column: Column of the manifest that holds the vessel masks, such as second_observer; with another than vessels
            only vessels and disc are measured.
        select: Keep the rows of the manifest where this holds.
        microns_per_pixel: Size of a pixel on the retina, where neither a column microns_per_pixel nor the Pixel Spacing
            of a DICOM file tells it; of predictions, segment.csv has both.
        figures: Folder for pictures of what was measured: zone B, its vessels with their calibres, lesions, quadrants.
        overwrite: Replace an existing table.
    """

    out: File
    data: ManifestPath | None = None
    masks: list[File] | None = None
    fov: list[File] | None = None
    predictions: Folder | None = None
    column: Column = "vessels"
    select: Expression | None = None
    microns_per_pixel: float | None = None
    figures: Folder | None = None
    overwrite: bool = False
