"""The work of `fundusfm pretrain`."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from fundusfm.config.fit import fit_detail, fit_settings
from fundusfm.config.pretrain import PretrainConfig
from fundusfm.config.types import Strategy
from fundusfm.data.manifest.labels import named_label, read_targets
from fundusfm.data.manifest.select import select_many
from fundusfm.data.manifest.splits import count_patients, patient_groups, photographs_text, validation_split
from fundusfm.data.store.loader import LabelledStores
from fundusfm.data.store.reader import Store, open_store
from fundusfm.errors import ConfigError, StoreError
from fundusfm.models.bundle import Bundle
from fundusfm.models.card.schema import Step, TrainingData, label_definition
from fundusfm.models.network import attach_head, model_arguments
from fundusfm.models.start import DEFAULT_BACKBONE, resolve_network, start_network
from fundusfm.models.trainable import TrainableBundle, load_bundle, save_bundle
from fundusfm.runs import RunFolder, first_process, open_run, plain
from fundusfm.training.adaptation import learnt_photographs
from fundusfm.training.arrays import hash_arrays
from fundusfm.training.cohort import check_classes
from fundusfm.training.fitting.checkpoints import discard_checkpoints
from fundusfm.training.fitting.fit import fit_network
from fundusfm.training.fitting.history import auroc_words, write_history
from fundusfm.training.fitting.processes import started_processes
from fundusfm.training.linear.head import shift_bias

_DEFAULT_SIZE = 224


def run_pretrain(config: PretrainConfig) -> Bundle:
    """Runs the command; see `fundusfm.commands` for results and errors."""
    devices, nodes = started_processes(config.devices, config.nodes)
    config = replace(config, devices=devices, nodes=nodes)
    settings = fit_settings(config)
    _refuse_contradictions(Strategy(config.strategy), config.train, config.labels, config.weights)
    stores = [open_store(source) for source in config.train or []]
    size = config.size or (stores[0].header.size if stores else _DEFAULT_SIZE)
    _refuse_mixed(stores, size)
    config = replace(config, size=size)
    # Further processes have the same command line, on other hosts other disks; the folder is the first one's to open.
    main = first_process()
    run = RunFolder(Path(config.out))
    if main:
        run = open_run(config.out, command="pretrain", config=config, overwrite=config.overwrite, resume=config.resume)
    if run.earlier_metrics(resume=config.resume) is not None:
        return load_bundle(run.path / "bundle")
    if config.weights:
        start = _earlier_run(config.weights, config.strategy, config.backbone, size)
    else:
        start = start_network(
            config.strategy,
            backbone=config.backbone or DEFAULT_BACKBONE,
            size=size,
            imagenet_weights=config.imagenet_weights,
            seed=settings.seed,
        )
    card = start.card.as_start().model_copy(
        update={
            "name": f"{start.card.architecture}_{size}_{config.strategy}",
            "strategy": config.strategy,
            "size": size,
            "views": 1,
        }
    )
    if not config.labels:
        if not main:
            return replace(start, card=card)
        save_bundle(run.path / "bundle", start.network, card)
        run.write_metrics({})
        run.log(f"{config.strategy}: nothing to train; wrote {run.path / 'bundle'}")
        return load_bundle(run.path / "bundle")
    columns = {column for store in stores for column in store.frame}
    sources = dict(named_label(label, columns) for label in config.labels)
    labels = list(sources)
    data, training_data = _training_rows(stores, config.labels, config.select, run)
    groups = np.concatenate([patient_groups(store.frame) for store in data.stores])
    held_out = validation_split(groups, data.targets, share=config.validation_share, seed=settings.seed)
    run.log(f"{photographs_text(groups)}; {int(held_out.sum())} choose the epoch")
    if main:
        run.record_inputs(_inputs(start, data))
    if start.card.labels != labels:
        attach_head(start.network, len(labels))
    result = fit_network(
        start.network,
        train=data.take(~held_out),
        validation=data.take(held_out),
        task="multilabel",
        mean=card.mean,
        std=card.std,
        settings=settings,
        folder=run.checkpoints,
        resume=config.resume,
        log_line=run.log,
    )
    if not main:
        return replace(start, card=card)
    if result.positive_weight is not None:
        shift_bias(start.network, -np.log(np.asarray(result.positive_weight)))
    kept = result.history[result.kept_epoch - 1]
    reached = {"auroc": kept["val_auroc"], "loss": kept["val_loss"]}
    detail = {"size": size, "kept_epoch": result.kept_epoch, **fit_detail(config)}
    card = card.model_copy(
        update={
            "labels": labels,
            "task": "multilabel",
            "label_definitions": {label: label_definition(source) for label, source in sources.items()},
            "training_data": [*card.training_data, *training_data],
            "lineage": [*card.lineage, Step(what=f"supervised on {', '.join(labels)}", detail=detail)],
            "metrics": plain({"upstream_validation": reached}),
        }
    )
    # Where the head was replaced, what it alone had seen is gone with it.
    before = start if start.card.labels == labels else replace(start, card=start.card.as_start())
    photographs = learnt_photographs(before, data.stores, head=False)
    save_bundle(run.path / "bundle", start.network, card, photographs=photographs)
    write_history(run.path / "history.csv", result.history)
    run.write_metrics({"upstream_validation": {**reached, "kept_epoch": result.kept_epoch}})
    discard_checkpoints(run.checkpoints)
    run.log(f"kept epoch {result.kept_epoch}, {auroc_words(kept['val_auroc'])}; wrote {run.path / 'bundle'}")
    return load_bundle(run.path / "bundle")


def _inputs(start: Bundle, data: LabelledStores) -> dict[str, str]:
    """Returns hashes of what a run is computed from, which `--resume` compares."""
    found, first = {"weights": start.hash}, 0
    for store in data.stores:
        targets = data.targets[first : first + len(store)]
        first += len(store)
        found[f"photographs of {store.path}"] = store.hash
        found[f"labels of {store.path}"] = hash_arrays(targets, patient_groups(store.frame))
    return found


def _refuse_contradictions(
    strategy: Strategy, train: list[str] | None, labels: list[str] | None, weights: str | None
) -> None:
    if strategy.sees_fundus and not (train and labels):
        raise ConfigError(
            f"Strategy {strategy} trains on fundus photographs: give --train STORE [STORE …] and --labels, "
            "such as --labels abnormal."
        )
    if not strategy.sees_fundus and (train or labels or weights):
        trained = Strategy.IMAGENET_FUNDUS if strategy.from_imagenet else Strategy.FUNDUS
        raise ConfigError(
            f"Strategy {strategy} sees no fundus photograph: leave --train, --labels and --weights out, or use "
            f"--strategy {trained}."
        )


def _earlier_run(weights: str, strategy: str, backbone: str | None, size: int) -> TrainableBundle:
    """Loads the bundle to go on from; its strategy must be the same, and its network must take the size.

    Patients are split by seed, so with the same data and seed those that choose the epoch have trained nothing before.
    """
    bundle = resolve_network(weights, backbone=backbone, size=size)
    if bundle.card.strategy != strategy:
        raise ConfigError(f"--weights {weights} has the strategy {bundle.card.strategy}, not {strategy}.")
    if bundle.card.size != size and model_arguments(bundle.card.architecture, size):
        raise ConfigError(
            f"--weights {weights} takes {bundle.card.size} px images only: {bundle.card.architecture} has "
            "position embeddings of that size."
        )
    return bundle


def _refuse_mixed(stores: Sequence[Store], size: int) -> None:
    for store in stores:
        if store.header.size != size:
            raise StoreError(
                f"Store {store.path} holds {store.header.size} px images, {size} px are asked for: prepare it "
                f"again with --size {size}, or give stores of one size."
            )
        if store.header.crop != stores[0].header.crop:
            raise StoreError(
                f"Stores {stores[0].path} and {store.path} were cropped by different versions "
                f"({stores[0].header.crop}, {store.header.crop}): prepare both with one version of fundusfm."
            )


def _training_rows(
    stores: Sequence[Store], labels: list[str], expression: str | None, run: RunFolder
) -> tuple[LabelledStores, list[TrainingData]]:
    """Applies the selection and reads the labels; a row without any known label trains nothing and is left out."""
    masks = [np.ones(len(store), bool) for store in stores]
    if expression:
        masks, whole = select_many(
            [store.frame for store in stores], expression, where=[str(store.path) for store in stores]
        )
        for path in whole:
            run.log(f"{path} has no column that --select names, so all its rows are used")
    kept, targets, described = [], [], []
    for store, mask in zip(stores, masks, strict=True):
        part = store.take(mask)
        values = read_targets(part.frame, labels, task="multilabel", where=str(store.path), missing_ok=True).values
        known = np.asarray(~np.isnan(values).all(axis=1), dtype=np.bool_)
        if not known.all():
            run.log(f"{store.path}: {int((~known).sum())} rows have no known label and are left out")
        kept.append(part.take(known))
        targets.append(values[known])
        described.append(
            TrainingData(
                name=store.name,
                rows=int(known.sum()),
                hash=store.hash,
                select=expression,
                patients=count_patients(patient_groups(kept[-1].frame)),
            )
        )
    data = LabelledStores(kept, np.concatenate(targets))
    check_classes(labels, data.targets, where=", ".join(str(store.path) for store in stores), log=run.log)
    return data, described
