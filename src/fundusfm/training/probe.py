"""The work of `fundusfm probe`."""

from typing import Any

import numpy as np

from fundusfm.config.probe import ProbeConfig
from fundusfm.runs import open_run
from fundusfm.training.adaptation import check_options, finish, log_fold, read_adaptation
from fundusfm.training.linear.features import cached_features
from fundusfm.training.linear.head import set_head
from fundusfm.training.linear.linear_head import fit_head


def run_probe(config: ProbeConfig) -> dict[str, Any]:
    """Runs the command; see `fundusfm.commands` for results and errors."""
    check_options(config)
    run = open_run(config.out, command="probe", config=config, overwrite=config.overwrite, resume=config.resume)
    if (finished := run.earlier_metrics(resume=config.resume)) is not None:
        return finished
    adaptation = read_adaptation(run, config)
    training, task, seed = adaptation.training, adaptation.task, adaptation.seed
    features = cached_features(adaptation.start, training.store, batch_size=config.batch_size)[training.rows]
    out_of_fold = np.full((len(training), len(adaptation.labels)), np.nan)
    for fold in range(config.folds):
        train, test = adaptation.train_rows(fold), adaptation.folds == fold
        head = fit_head(features[train], training.targets.values[train], training.groups[train], task=task, seed=seed)
        out_of_fold[test] = head.logits(features[test])
        log_fold(run, adaptation, fold, out_of_fold[test])
    used = adaptation.train_rows(None)
    head = fit_head(features[used], training.targets.values[used], training.groups[used], task=task, seed=seed)
    for label, c in zip(adaptation.labels, head.C, strict=True):
        run.log(f"{label}: C {c:g}" if c else f"{label}: one class only, so its score is a constant")
    external = [
        head.logits(cached_features(adaptation.start, cohort.store, batch_size=config.batch_size))
        for cohort in adaptation.external
    ]
    network = adaptation.start.network
    set_head(network, head.weight, head.bias)
    detail = {"labels": config.labels, "folds": config.folds, "fraction": config.fraction, "seed": config.seed} | {
        "C": dict(zip(adaptation.labels, head.C, strict=True))
    }
    return finish(
        run,
        adaptation,
        network=network,
        method="LF",
        out_of_fold=out_of_fold,
        external=external,
        features=features[used],
        detail=detail,
        select=config.select,
    )
