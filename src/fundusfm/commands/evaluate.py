"""`fundusfm evaluate`: how good a bundle is on data that tuned nothing."""

from typing import Any, Literal


def evaluate(
    *,
    weights: str,
    data: list[str],
    labels: list[str],
    out: str,
    task: Literal["binary", "multiclass", "multilabel"] | None = None,
    by: list[str] | None = None,
    against: str | None = None,
    select: str | None = None,
    backbone: str | None = None,
    imagenet_weights: str | None = None,
    size: int | None = None,
    batch_size: int = 64,
    repeats: int = 1000,
    seed: int = 0,
    overwrite: bool = False,
) -> dict[str, Any]:
    """Scores a bundle on data it has not seen, at the operating points and temperature that it stores.

    Every metric comes with a 95 % interval from resampled patients, and with the reason where it has no value. A set is
    called by NAME=PATH, else by its `dataset` column, else by the folder that holds it. Nothing is tuned on the data.

    Args:
        weights: A bundle's path, a name from `fundusfm weights list`, or `scratch` or `imagenet` (untrained head).
        data: Stores, or manifests, which are prepared for this run only; NAME=PATH names a set.
        labels: Labels of the bundle. LABEL=COLUMN, or LABEL=COMPARISON such as `abnormal=dr_grade>=1`, says where the
            data hold it under another name. For a multiclass bundle the one column that holds the classes.
        out: Run folder to write.
        task: As the bundle says; to be given only for weights without a head.
        by: Columns to report subgroups of, such as sex, eye or age.
        against: Run folder to test against on the images both have judged (DeLong and bootstrap).
        select: Keep the rows where this holds, such as `quality == good`; a set without the column is kept whole.
        backbone: timm model name, with --weights scratch or imagenet.
        imagenet_weights: File of ImageNet weights with timm keys, with --weights imagenet.
        size: Input size in pixels, with --weights scratch or imagenet; 224, or the first store's, by default.
        batch_size: Images per forward pass.
        repeats: Bootstrap resamples.
        seed: Fixes resamples and random weights.
        overwrite: Replace an existing run folder.

    Returns:
        What `metrics.json` holds: `external.<set>.<label>.<metric>.{value,low,high}`, `subgroups`, `paired`.

    Raises:
        LabelError: The bundle or the data do not know a label, or a value lies outside its set.
        ConfigError: Options contradict the bundle, two sets have one name, or no set has a column of `by`.
        WeightsError: There are no such weights, or a store's size or crop do not fit them.
        StoreError: A store is missing.
        ManifestError: A manifest cannot be read.
        SelectError: The selection cannot be read or keeps no row.
        EvaluationError: The run to compare with shares no image and label.
    """
    config = dict(locals())
    from fundusfm.evaluation.evaluate import run_evaluate

    return run_evaluate(config)
