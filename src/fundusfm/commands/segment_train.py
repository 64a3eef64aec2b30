"""`fundusfm segment train`: a network that finds vessels, over any backbone or from nothing."""

from typing import Literal


def segment_train(
    *,
    data: list[str],
    out: str,
    weights: str = "scratch",
    decoder: Literal[
        "unet", "unetplusplus", "manet", "linknet", "fpn", "deeplabv3plus", "upernet", "segformer", "tiny"
    ] = "unet",
    backbone: str | None = None,
    imagenet_weights: str | None = None,
    method: Literal["LF", "FF"] = "FF",
    size: int = 768,
    select: str | None = None,
    folds: int = 0,
    protocol: str | None = None,
    external: list[str] | None = None,
    fraction: float = 1.0,
    patch: int = 256,
    patches: int = 8,
    epochs: int = 100,
    batch_size: int = 8,
    learning_rate: float = 1e-3,
    encoder_rate: float | None = None,
    weight_decay: float = 0.01,
    warmup_epochs: float = 1.0,
    ema_decay: float = 0.998,
    flips: bool = False,
    precision: Literal["auto", "32-true", "bf16-mixed", "16-mixed"] = "auto",
    workers: int = 1,
    seed: int = 0,
    overwrite: bool = False,
    resume: bool = False,
) -> None:
    """Trains a vessel segmenter and writes its bundle; with --folds or --protocol, also scores it on what it never saw.

    Every photograph is brought to one diameter of the field of view. Patches at random places, angles, scales and
    colours are drawn from it; the loss is cross-entropy and soft Dice inside the field of view. The last epoch's
    averaged weights are kept, and the threshold with the best mean Dice on the training photographs. Scores of test
    folds are computed inside the field of view, in original pixels.

    Args:
        data: Manifests with columns `image` and `vessels`, perhaps `fov`, `second_observer` and `patient`; NAME=PATH
            names a set.
        out: Run folder to write; its bundle is OUT/bundle.
        weights: A bundle whose backbone becomes the encoder, a listed name, `scratch` or `imagenet`.
        decoder: What stands on the backbone; `tiny` is a small cascade of two U-Nets that has none.
        backbone: timm model name, for `scratch` and `imagenet` only.
        imagenet_weights: File of ImageNet weights with timm keys; without it timm fetches its own.
        method: `LF` leaves the encoder as it is, statistics included; `FF` trains everything.
        size: Diameter in pixels to which the field of view is brought.
        select: Keep the rows of --data where this holds, such as `part == 'training'`.
        folds: Folds of cross-validation, grouped by patient, before the final fit on all rows; 0 for none.
        protocol: One of the field's splits in place of --folds: drive, chase_db1-children, chase_db1-20-8,
            chase_db1-first-8, chase_db1-last-8, stare-leave-one-out, stare-10-10, stare-16-4 or hrf. Of a fixed split,
            the training part trains the bundle and the test part is scored by it.
        external: Manifests of sets that tune nothing and are scored by the final network.
        fraction: Share of the training patients that is used; a smaller one is part of a larger one.
        patch: Side of a patch in pixels, a multiple of 32; 0 takes the whole crop.
        patches: Patches per photograph and epoch; a --fraction draws more from each, for as many steps.
        epochs: Passes over the photographs.
        batch_size: Patches per step.
        learning_rate: Peak of AdamW's rate.
        encoder_rate: Share of the rate that the encoder gets; 1 for `scratch` and 0.3 otherwise by default.
        weight_decay: AdamW's weight decay.
        warmup_epochs: Epochs of linear warm-up.
        ema_decay: Ceiling of the decay of the averaged weights.
        flips: Average each photograph with its mirror images when choosing the threshold and scoring folds.
        precision: `auto` takes bf16 where the hardware computes it.
        workers: Loader processes.
        seed: Fixes folds, order, patches and initial weights.
        overwrite: Replace an existing run folder.
        resume: Continue a run that was stopped; finished folds are not repeated.

    Raises:
        ConfigError: An option is out of range, options contradict each other, or the decoder does not fit the backbone.
        ManifestError: A manifest cannot be read, or has no vessel masks.
        MaskError: A mask is missing, empty, or does not fit its photograph.
        DecodeError: A photograph is missing or damaged.
        SelectError: The selection cannot be read or keeps no row.
        SplitError: There are fewer patients than folds, or photographs of the protocol are missing.
        WeightsError: The weights are missing or do not fit.
    """
    config = dict(locals())
    from fundusfm.vessels.training.train import run_segment_train

    run_segment_train(**config)
