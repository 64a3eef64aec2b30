"""`fundusfm pretrain`: supervised upstream training of a backbone under one of the four strategies."""

from typing import Literal

Strategy = Literal["scratch", "imagenet", "fundus", "imagenet+fundus"]


def pretrain(
    *,
    out: str,
    strategy: Strategy,
    train: list[str] | None = None,
    labels: list[str] | None = None,
    backbone: str | None = None,
    size: int | None = None,
    select: str | None = None,
    imagenet_weights: str | None = None,
    weights: str | None = None,
    epochs: int = 10,
    batch_size: int = 32,
    learning_rate: float = 3e-4,
    weight_decay: float = 0.05,
    layer_decay: float = 1.0,
    warmup_epochs: float = 1.0,
    accumulate: int = 1,
    ema_decay: float = 0.998,
    keep: Literal["best", "last"] = "best",
    mixup: float = 0.0,
    balance: bool = True,
    validation_share: float = 0.1,
    precision: Literal["auto", "32-true", "bf16-mixed", "16-mixed"] = "auto",
    devices: int = 1,
    nodes: int = 1,
    workers: int = 1,
    seed: int = 0,
    overwrite: bool = False,
    resume: bool = False,
) -> None:
    """Trains a backbone on normal/abnormal (and any finer labels) and writes it as a bundle.

    Strategies (Jang et al., arXiv 2408.08790): `scratch` and `imagenet` see no fundus photograph and need neither
    --train nor --labels; `fundus` trains from random weights, `imagenet+fundus` from ImageNet's. A label that a store
    lacks, or a cell that is empty, is unknown there and left out of the loss.

    Args:
        out: Run folder to write; its bundle is OUT/bundle.
        strategy: How the backbone starts and what it sees.
        train: Stores to train on, as made by `fundusfm data prepare`.
        labels: Label columns of 0 and 1, or comparisons such as `dr_grade>=2`.
        backbone: Any timm model name; resnet50, the paper's, by default.
        size: Input size in pixels; the stores' own by default.
        select: Keep the rows where this holds, such as `part == 'upstream'`; a store without the column is kept whole.
        imagenet_weights: File of ImageNet weights with timm keys; without it timm fetches its own.
        weights: Bundle of an earlier fundus or imagenet+fundus run to go on from, such as one of a smaller size
            (progressive resizing), instead of the strategy's own start.
        epochs: Passes over the training part.
        batch_size: Images per step and process.
        learning_rate: Peak of AdamW's rate.
        weight_decay: AdamW's weight decay.
        layer_decay: Factor of the rate from one layer group to the one below it.
        warmup_epochs: Epochs of linear warm-up.
        accumulate: Batches per optimiser step.
        ema_decay: Ceiling of the decay of the averaged weights.
        keep: The epoch with the `best` validation AUROC, or the `last`, where few validation photographs choose badly.
        mixup: Strength of mixup, such as 0.4, against overfitting; 0 does none.
        balance: Weigh positives by the square root of negatives over positives.
        validation_share: Share of the patients that validate every epoch and train nothing.
        precision: `auto` takes bf16 where the hardware computes it.
        devices: Processes on this machine.
        nodes: Machines.
        workers: Loader processes per training process.
        seed: Fixes split, order, augmentation and initial weights.
        overwrite: Replace an existing run folder.
        resume: Continue a run that was stopped; it ends with the weights it would have had.

    Raises:
        ConfigError: A strategy that trains has no --train or no --labels, or an option is out of range.
        StoreError: A store is missing, or the stores differ in size or crop.
        LabelError: No store has a label column.
        WeightsError: ImageNet weights are not at hand.
    """
    config = dict(locals())
    from fundusfm.training.pretrain import run_pretrain

    run_pretrain(**config)
