"""`fundusfm finetune`: full fine-tuning (FF) of a backbone in patient-grouped folds."""

from typing import Literal


def finetune(
    *,
    data: str,
    labels: list[str],
    weights: str,
    out: str,
    task: Literal["binary", "multiclass", "multilabel"] = "binary",
    folds: int = 5,
    fraction: float = 1.0,
    external: list[str] | None = None,
    select: str | None = None,
    by: list[str] | None = None,
    backbone: str | None = None,
    imagenet_weights: str | None = None,
    epochs: int = 10,
    batch_size: int = 32,
    learning_rate: float = 3e-4,
    weight_decay: float = 0.05,
    layer_decay: float = 0.9,
    warmup_epochs: float = 0.5,
    patience: int = 3,
    validation_share: float = 0.15,
    accumulate: int = 1,
    ema_decay: float = 0.998,
    mixup: float = 0.0,
    balance: bool = False,
    precision: Literal["auto", "32-true", "bf16-mixed", "16-mixed"] = "auto",
    workers: int = 1,
    seed: int = 0,
    overwrite: bool = False,
    resume: bool = False,
) -> None:
    """Fine-tunes a whole network per fold, scores what it never saw, and writes a bundle fitted on all patients.

    In each fold, a validation part of the training patients stops the fit and chooses its epoch; the test fold only
    receives scores. The head starts from a linear probe on the fold's training rows (Kumar et al., ICLR 2022), so that
    the first steps do not distort the features; that of a `scratch` backbone starts small. One more fit on all patients
    becomes the bundle; external sets are scored by it. Operating points and temperature come from the out-of-fold
    predictions.

    Args:
        data: Store of the downstream data.
        labels: Label columns; one for a binary or multiclass task.
        weights: A bundle, a listed name, `scratch` or `imagenet`.
        out: Run folder to write; its bundle is OUT/bundle.
        task: `binary` (one column of 0 and 1), `multilabel` (several) or `multiclass` (one of class names).
        folds: Number of folds, grouped by patient.
        fraction: Share of each fold's training patients that is used; a smaller one is part of a larger one.
        external: Stores that tune nothing and are scored by the bundle.
        select: Keep the rows of --data where this holds, such as `part == 'downstream'`.
        by: Columns whose groups get metrics of their own, such as sex and eye.
        backbone: timm model name, for `scratch` and `imagenet` only.
        imagenet_weights: File of ImageNet weights with timm keys; without it timm fetches its own.
        epochs: Most passes over a fold's training part.
        batch_size: Images per step and process.
        learning_rate: Peak of AdamW's rate, for the head.
        weight_decay: AdamW's weight decay.
        layer_decay: Factor of the rate from one layer group to the one below it.
        warmup_epochs: Epochs of linear warm-up.
        patience: Epochs without a better validation AUROC before a fit stops; 0 never stops early.
        validation_share: Share of the training patients that chooses the epoch.
        accumulate: Batches per optimiser step.
        ema_decay: Ceiling of the decay of the averaged weights.
        mixup: Strength of mixup, such as 0.4, against overfitting; 0 does none.
        balance: Weigh positives by the square root of negatives over positives.
        precision: `auto` takes bf16 where the hardware computes it.
        workers: Loader processes per training process.
        seed: Fixes folds, split, order, augmentation and initial head.
        overwrite: Replace an existing run folder.
        resume: Continue a run that was stopped; finished folds are not repeated.

    Raises:
        ConfigError: An option is out of range, or options contradict each other.
        LabelError: A label column is missing or holds a value outside its set.
        SplitError: There are too few patients, or an external set shares patients with the data.
        StoreError: A store is missing.
        WeightsError: The weights are missing or do not fit the store.
    """
    config = dict(locals())
    from fundusfm.training.finetune import run_finetune

    run_finetune(**config)
