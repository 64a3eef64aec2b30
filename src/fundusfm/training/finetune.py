"""The work of `fundusfm finetune`: one fit per fold, one on all patients, each of them resumable."""

import copy
import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from fundusfm.config.finetune import FinetuneConfig
from fundusfm.config.fit import FitSettings, fit_detail, fit_settings
from fundusfm.config.types import Strategy
from fundusfm.data.manifest.splits import validation_split
from fundusfm.data.store.loader import LabelledStores
from fundusfm.errors import ConfigError
from fundusfm.models.inference import features as features_of
from fundusfm.models.inference import logits
from fundusfm.models.network import attach_head
from fundusfm.models.trainable import TrainableBundle, bundle_of
from fundusfm.runs import RunFolder, open_run, write_atomic
from fundusfm.training.adaptation import Adaptation, Mask, check_options, finish, log_fold, read_adaptation
from fundusfm.training.arrays import read_array, write_array
from fundusfm.training.fitting.checkpoints import discard_checkpoints
from fundusfm.training.fitting.fit import FitResult, fit_network
from fundusfm.training.fitting.history import write_history
from fundusfm.training.linear.features import cached_features
from fundusfm.training.linear.head import set_head, shift_bias
from fundusfm.training.linear.linear_head import fit_head


@dataclass(frozen=True)
class _Fits:
    """What all fits of a run share."""

    run: RunFolder
    adaptation: Adaptation
    settings: FitSettings
    validation_share: float
    features: NDArray[np.float32] | None  # of a backbone that has learnt nothing there is nothing to probe
    resume: bool


def run_finetune(config: FinetuneConfig) -> dict[str, Any]:
    """Runs the command; see `fundusfm.commands` for results and errors."""
    settings = fit_settings(config)
    check_options(config)
    if not 0 < config.validation_share < 1:
        raise ConfigError(f"--validation-share is {config.validation_share}; it must be above 0 and below 1.")
    run = open_run(config.out, command="finetune", config=config, overwrite=config.overwrite, resume=config.resume)
    if (finished := run.earlier_metrics(resume=config.resume)) is not None:
        return finished
    adaptation = read_adaptation(run, config)
    training = adaptation.training
    features = None
    if adaptation.start.card.strategy != Strategy.SCRATCH.value:
        features = cached_features(adaptation.start, training.store)[training.rows]
    fits = _Fits(run, adaptation, settings, config.validation_share, features, config.resume)
    out_of_fold = np.full((len(training), len(adaptation.labels)), np.nan)
    for fold in range(config.folds):
        test = adaptation.folds == fold
        out_of_fold[test] = _fold_logits(fits, fold, test)
        log_fold(run, adaptation, fold, out_of_fold[test])
    network, result = _fit(fits, None)
    _collect_history(run, config.folds)
    tuned = _bundle(adaptation, network)
    external = [logits(tuned, cohort.view) for cohort in adaptation.external]
    detail = {"labels": config.labels, "folds": config.folds, "fraction": config.fraction, **fit_detail(config)}
    detail["kept_epoch"] = result.kept_epoch
    metrics = finish(
        run,
        adaptation,
        network=network,
        method="FF",
        out_of_fold=out_of_fold,
        external=external,
        features=features_of(tuned, training.view.take(adaptation.train_rows(None))),
        detail=detail,
        select=config.select,
    )
    discard_checkpoints(_folder(run, None))
    return metrics


def _fold_logits(fits: _Fits, fold: int, test: Mask) -> NDArray[np.float32]:
    """Returns the test fold's logits, from an earlier start of the run where they are there already."""
    path = _folder(fits.run, fold) / "test_logits.npy"
    scored = read_array(path, rows=int(test.sum()), log_line=fits.run.log)
    if scored is not None:
        return scored
    network, _ = _fit(fits, fold)
    scored = logits(_bundle(fits.adaptation, network), fits.adaptation.training.view.take(test))
    write_array(path, scored)
    discard_checkpoints(path.parent)  # there is one of these per fold
    return scored


def _fit(fits: _Fits, fold: int | None) -> tuple[nn.Module, FitResult]:
    """Fits one network: on a fold's training rows, or on all of them for the bundle."""
    adaptation, folder = fits.adaptation, _folder(fits.run, fold)
    training, card = adaptation.training, adaptation.start.card
    rows = adaptation.train_rows(fold)
    targets, groups = training.targets.values[rows], training.groups[rows]
    held_out = validation_split(groups, targets, share=fits.validation_share, seed=fits.settings.seed)
    data = LabelledStores([training.view.take(rows)], targets)
    network = copy.deepcopy(adaptation.start.network)
    seed = fits.settings.seed
    if fits.features is None:
        torch.manual_seed(seed)
        attach_head(network, targets.shape[1])
    else:
        learnt_from = fits.features[rows][~held_out]
        head = fit_head(learnt_from, targets[~held_out], groups[~held_out], task=adaptation.task, seed=seed)
        set_head(network, head.weight, head.bias)
    name = "the final fit" if fold is None else f"fold {fold + 1}"

    def log_line(line: str) -> None:
        fits.run.log(f"{name}: {line}")

    result = fit_network(
        network,
        train=data.take(~held_out),
        validation=data.take(held_out),
        task=adaptation.task,
        mean=card.mean,
        std=card.std,
        settings=fits.settings,
        folder=folder,
        resume=fits.resume,
        log_line=log_line,
        # The probe's head fits the features that inference sees; with each batch's own statistics they are others, by
        # so much for ImageNet's that the first steps undo the start.
        freeze_statistics=fits.features is not None,
    )
    if result.positive_weight is not None:
        shift_bias(network, -np.log(np.asarray(result.positive_weight)))
    write_history(folder / "history.csv", result.history, fold="final" if fold is None else fold + 1)
    return network, result


def _bundle(adaptation: Adaptation, network: nn.Module) -> TrainableBundle:
    """Returns a fit's network as what scores photographs."""
    size = adaptation.training.store.header.size
    changes = {"labels": adaptation.labels, "task": adaptation.task, "size": size}
    return bundle_of(network, adaptation.start.card.model_copy(update=changes))


def _folder(run: RunFolder, fold: int | None) -> Path:
    folder = run.checkpoints / ("final" if fold is None else f"fold-{fold}")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _collect_history(run: RunFolder, folds: int) -> None:
    """Joins the learning curves of all fits into the run's `history.csv`."""
    lines: list[str] = []
    for fold in (*range(folds), None):
        with (_folder(run, fold) / "history.csv").open(encoding="utf-8", newline="") as file:
            rows = [",".join(row) for row in csv.reader(file)]
        lines += rows if not lines else rows[1:]
    write_atomic(run.path / "history.csv", "\n".join(lines) + "\n")
