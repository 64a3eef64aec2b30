"""`fundusfm probe`: linear probing (LF) of frozen features in patient-grouped folds."""

from typing import Any, Literal


def probe(
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
    backbone: str | None = None,
    imagenet_weights: str | None = None,
    by: list[str] | None = None,
    batch_size: int = 64,
    seed: int = 0,
    overwrite: bool = False,
    resume: bool = False,
) -> dict[str, Any]:
    """Fits a regularised logistic head on frozen features and writes it, with its backbone, as a bundle.

    Features are computed once per pair of weights and store and kept in the cache folder. In each fold the strength of
    the regularisation is chosen inside the training part. The bundle's own head is then fitted to all rows; its
    operating points and temperature come from out-of-fold predictions only, and external sets tune nothing.

    Args:
        data: Store of the task, as made by `fundusfm data prepare`.
        labels: Columns of 0 and 1 or comparisons such as `dr_grade>=2`; for a multiclass task the one class column.
        weights: A bundle's path, a name from `fundusfm weights list`, `scratch` or `imagenet`.
        out: Run folder to write; its bundle is OUT/bundle.
        task: One yes/no label, classes that exclude each other, or several yes/no labels.
        folds: Number of folds, grouped by patient and stratified by label.
        fraction: Share of the training patients used; a smaller share is part of a larger one. Test folds stay whole.
        external: Stores that are scored by the final bundle; `NAME=PATH` names one.
        select: Keep the rows of --data where this holds, such as `part == 'downstream'`.
        backbone: timm model name, with --weights scratch or imagenet.
        imagenet_weights: File of ImageNet weights with timm keys, with --weights imagenet.
        by: Manifest columns to report subgroups of.
        batch_size: Images per forward pass.
        seed: Fixes folds, fractions and random weights.
        overwrite: Replace an existing run folder.
        resume: Continue a run that was stopped.

    Returns:
        What `metrics.json` holds.

    Raises:
        ConfigError: Options contradict each other, or an external set shares photographs or patients with the data.
        StoreError: A store is missing.
        LabelError: A label column is missing or holds a value outside its set.
        SelectError: The selection cannot be read or keeps no row.
        SplitError: There are fewer patients than folds.
        WeightsError: There are no such weights, or they do not fit the store.
    """
    config = dict(locals())
    from fundusfm.training.probe import run_probe

    return run_probe(**config)
