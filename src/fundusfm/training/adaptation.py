"""What probing and fine-tuning share: what they read at the start and what they leave at the end."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from torch import nn

from fundusfm.config.shared import AdaptationConfig
from fundusfm.data.manifest.labels import Task, column_text, named_label
from fundusfm.data.manifest.splits import (
    count_patients,
    group_folds,
    nested_fraction,
    patient_ids,
    people_and_eyes,
    photographs_text,
)
from fundusfm.data.store.reader import Store
from fundusfm.errors import ConfigError
from fundusfm.evaluation.cells import auroc_text, by_support
from fundusfm.evaluation.crossfit import cross_fitted, final_calibration
from fundusfm.evaluation.evaluate import refuse_no_grouping
from fundusfm.evaluation.metrics import binary_metrics
from fundusfm.evaluation.protocol import summarise
from fundusfm.evaluation.referral import fit_rule, judged_sets, rule_text
from fundusfm.evaluation.table import CV
from fundusfm.models.bundle import Bundle
from fundusfm.models.card.label_names import known_names
from fundusfm.models.card.referral import REFERRAL, Goal
from fundusfm.models.card.schema import Step, TrainingData, label_definition
from fundusfm.models.inference import check_fit, scores_from_logits
from fundusfm.models.mirrors import VIEWS
from fundusfm.models.overlap import overlap_note
from fundusfm.models.photographs import TrainingPhotographs, read_photographs
from fundusfm.models.reference import fit_reference
from fundusfm.models.start import headless, resolve_network
from fundusfm.models.trainable import TrainableBundle, save_bundle
from fundusfm.parquet import write_parquet
from fundusfm.runs import RunFolder, plain
from fundusfm.training.arrays import hash_arrays
from fundusfm.training.both_eyes import BOTH_EYES, both_eyes_text, measure_both_eyes, refuse_no_fellows
from fundusfm.training.cohort import Cohort, dataset_column, read_external, read_training
from fundusfm.training.linear.features import contract_hash

Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Adaptation:
    """One downstream task, ready to be learnt.

    Attributes:
        start: The backbone's bundle.
        training: The rows that folds are made of.
        folds: int (n,), test fold of every training row.
        external: Sets that tune nothing.
        fraction: Share of the training patients used.
        by: Manifest columns that form subgroups.
        seed: Random seed of folds and fractions.
        aim: What the referral rule is to keep, and how much of it.
        note: Why the folds' results are none on unseen data; empty where they are.
        both_eyes: Whether the term for both eyes is fitted.
    """

    start: TrainableBundle
    training: Cohort
    folds: NDArray[np.int64]
    external: list[Cohort]
    fraction: float
    by: list[str]
    seed: int
    aim: tuple[Goal, float]
    note: str
    both_eyes: bool = False

    @property
    def task(self) -> Task:
        """Kind of task."""
        return self.training.targets.task

    @property
    def labels(self) -> list[str]:
        """Names of the outputs."""
        return self.training.targets.labels

    def train_rows(self, fold: int | None) -> Mask:
        """Returns which training rows a fold learns from (n,): the fraction of the patients outside its test part.

        Args:
            fold: Number of the fold; None for the final fit, which leaves nothing out.
        """
        outside = np.ones(len(self.training), bool) if fold is None else self.folds != fold
        chosen = np.zeros(len(self.training), bool)
        chosen[outside] = nested_fraction(
            self.training.groups[outside], self.training.targets.values[outside], fraction=self.fraction, seed=self.seed
        )
        return chosen


def read_adaptation(run: RunFolder, config: AdaptationConfig) -> Adaptation:
    """Reads stores, targets and weights, makes the folds and refuses leaks.

    Raises:
        FundusFMError: As for the commands `probe` and `finetune`.
    """
    training = read_training(config.data, config.labels, task=config.task, expression=config.select, log=run.log)
    if config.both_eyes:
        refuse_no_fellows(training)
    for column in config.by or []:
        if column not in training.store.frame:
            raise ConfigError(
                f"--by {column}: {training.store.path} has no such column; its columns are "
                f"{', '.join(map(str, training.store.frame.columns))}."
            )
    refuse_no_grouping(config.by or [], training.view)
    start = resolve_network(
        config.weights,
        backbone=config.backbone,
        size=training.store.header.size,
        imagenet_weights=config.imagenet_weights,
        seed=config.seed,
    )
    start = headless(start)  # it is replaced anyway, and a convolutional backbone alone takes any size
    if config.views not in (None, start.card.views):
        start = replace(start, card=start.card.model_copy(update={"views": config.views}), graph=None)
    check_fit(start, training.store)
    if start.card.size != training.store.header.size:
        run.log(f"the backbone was trained at {start.card.size} px and is adapted at {training.store.header.size} px")
    note = overlap_note(start, training.store, training.rows)
    if note:
        run.log(f"WARNING: {note}; keep upstream and downstream rows apart with --select")
    sets = read_external(config.external or [], training, config.labels, start=start, log=run.log)
    for cohort in sets:
        check_fit(start, cohort.store)
        refuse_no_grouping(config.by or [], cohort.store)
    run.record_inputs(_inputs(start, training, sets, config.by or [], both_eyes=config.both_eyes))
    fold = group_folds(
        training.groups, training.targets.values, folds=config.folds, seed=config.seed, both_classes=True
    )
    run.log(
        f"{config.folds} folds of {photographs_text(training.groups)}"
        + (f"; {config.fraction:.0%} of the training part is used" if config.fraction < 1 else "")
    )
    return Adaptation(
        start, training, fold, sets, config.fraction, list(config.by or []), config.seed, referral_aim(config), note,
        config.both_eyes,
    )  # fmt: skip


def _inputs(
    start: Bundle, training: Cohort, external: Sequence[Cohort], by: Sequence[str], *, both_eyes: bool
) -> dict[str, str]:
    """Returns hashes of what a run is computed from, which `--resume` compares."""
    found = {"weights": contract_hash(start)}
    for cohort in (training, *external):
        frame = cohort.store.frame.iloc[cohort.rows]
        columns = [column_text(frame, column).to_numpy() for column in by if column in frame]
        columns += [np.array(texts, dtype=object) for texts in people_and_eyes(frame)] if both_eyes else []
        found[f"photographs of {cohort.store.path}"] = cohort.store.hash
        found[f"labels of {cohort.store.path}"] = hash_arrays(
            cohort.rows, cohort.targets.values, cohort.groups, *columns
        )
    return found


def referral_aim(config: AdaptationConfig) -> tuple[Goal, float]:
    """Returns what the referral rule is to keep, and how much of it."""
    return ("specificity", config.specificity) if config.sensitivity is None else ("sensitivity", config.sensitivity)


def check_options(config: AdaptationConfig) -> None:
    """Refuses options that contradict each other or are out of range, before anything is written.

    Raises:
        ConfigError: Names the option and the fix.
    """
    labels, task, folds, fraction = config.labels, config.task, config.folds, config.fraction
    goal, target = referral_aim(config)
    if not 0 < target < 1:
        raise ConfigError(f"--{goal} is {target}; it must be above 0 and below 1.", code="RANGE")
    if task != "multilabel" and len(labels) > 1:
        raise ConfigError(
            f"--labels names {len(labels)} labels ({', '.join(labels)}) but --task is {task}, which has "
            "one: add --task multilabel."
        )
    if task == "multiclass" and config.both_eyes:
        raise ConfigError("--both-eyes goes with --task binary or multilabel, not with multiclass: leave it out.")
    if folds < 2:
        raise ConfigError(f"--folds is {folds}; it must be at least 2.")
    if config.views not in (None, *VIEWS):
        raise ConfigError(f"--views is {config.views}; it must be 1, 2 or 4.", code="RANGE")
    if not 0 < fraction <= 1:
        raise ConfigError(f"--fraction is {fraction}; it must be above 0 and at most 1.")


def log_fold(run: RunFolder, adaptation: Adaptation, fold: int, logits: NDArray[np.floating]) -> None:
    """Logs a fold's AUROC per label, or that the fold lacks a class; folds are counted from 1."""
    scores = scores_from_logits(np.asarray(logits, np.float32), adaptation.task)
    truth = adaptation.training.targets.values[adaptation.folds == fold]
    cells = []
    for place, label in enumerate(adaptation.labels):
        value = binary_metrics(truth[:, place], scores[:, place], threshold=None)["auroc"]
        positives = int((truth[:, place] == 1).sum())
        cells.append(f"{label} none ({positives} positive)" if np.isnan(value) else f"{label} {value:.4f}")
    run.log(f"fold {fold + 1}: AUROC {', '.join(cells)}")


def finish(
    run: RunFolder,
    adaptation: Adaptation,
    *,
    network: nn.Module,
    method: Literal["LF", "FF"],
    out_of_fold: NDArray[np.floating],
    external: Sequence[NDArray[np.floating]],
    features: NDArray[np.float32],
    detail: dict[str, Any],
    select: str | None,
) -> dict[str, Any]:
    """Writes predictions, the downstream bundle and, last, the metrics.

    Temperature, operating points and referral rule come from the out-of-fold predictions alone.

    Args:
        run: The run folder.
        adaptation: What was learnt.
        network: The final network with its head.
        method: `LF` or `FF`.
        out_of_fold: Logits (n, labels) of the training rows, each by the model of its own fold.
        external: Logits (rows, labels) by the final network, per external set.
        features: float32 (rows, d), pooled features by the final network of the rows that it was fitted on.
        detail: What the card's lineage says about the fit.
        select: The selection of the training rows.
    """
    training, task = adaptation.training, adaptation.task
    parts = [_predictions(CV, training, adaptation.folds + 1, out_of_fold, adaptation.by)]
    parts += [
        _predictions(cohort.name, cohort, np.full(len(cohort), -1), values, adaptation.by)
        for cohort, values in zip(adaptation.external, external, strict=True)
    ]
    predictions = cross_fitted(pd.concat(parts, ignore_index=True), task=task)
    calibration = final_calibration(predictions, task=task)
    goal, target = adaptation.aim
    rule, predictions = fit_rule(predictions, goal=goal, target=target)
    run.log(rule_text(rule))
    both = None
    if adaptation.both_eyes:
        both = measure_both_eyes(
            predictions,
            [training, *adaptation.external],
            rule,
            task=task,
            operating_points=calibration.operating_points,
            seed=adaptation.seed,
        )
        predictions = both.predictions
        run.log(both_eyes_text(both))
    write_parquet(run.path / "predictions.parquet", predictions)
    results = summarise(
        predictions,
        task=task,
        ordered=training.targets.ordered,
        operating_points=calibration.operating_points,
        by=adaptation.by or None,
        seed=adaptation.seed,
    )
    used = adaptation.train_rows(None)
    start, note = adaptation.start.card, adaptation.note
    card = start.model_copy(
        update={
            "name": f"{start.name}_{method}_{'+'.join(adaptation.labels)}",
            "labels": adaptation.labels,
            "task": task,
            "method": method,
            "ordered": training.targets.ordered,
            "size": training.store.header.size,
            "label_definitions": {
                label: _definition(label, task, detail["labels"], training) for label in adaptation.labels
            },
            "operating_points": {label: points for label, points in calibration.operating_points.items() if points},
            "temperature": calibration.temperature,
            "referral": rule,
            "both_eyes": None if both is None else both.term,
            "label_names": known_names(adaptation.labels),
            "limits": [*start.limits, *([f"Cross-validation on {note}."] if note else [])],
            "metrics": plain(results.plain() | ({} if both is None else {BOTH_EYES: both.metrics})),  # JSON has no NaN
            "lineage": [
                *start.lineage,
                Step(
                    what=f"{'linear probe' if method == 'LF' else 'fine-tuning'} on {', '.join(detail['labels'])}",
                    detail=detail,
                ),
            ],
            "training_data": [
                *start.training_data,
                TrainingData(
                    name=training.name,
                    rows=int(used.sum()),
                    patients=count_patients(training.groups[used]),
                    hash=training.store.hash,
                    select=select,
                    head=method == "LF",
                ),
            ],
        }
    )
    save_bundle(
        run.path / "bundle",
        network,
        card,
        reference=fit_reference(features, training.groups[used], seed=adaptation.seed),
        photographs=learnt_photographs(adaptation.start, [training.view.take(used)], head=method == "LF"),
    )
    for label in by_support(adaptation.labels, results.cv):
        outside = "".join(f"; {name}: {auroc_text(found[label]['auroc'])}" for name, found in results.external.items())
        run.log(f"{label}: {auroc_text(results.cv[label]['auroc'])}{outside}")
    metrics = results.plain() | ({"notes": [note]} if note else {})
    if both is not None:
        metrics[BOTH_EYES] = both.metrics
    if rule is not None:
        judged = {CV: rule} | judged_sets(predictions, rule)
        metrics[REFERRAL] = {name: found.model_dump() for name, found in judged.items()}
    run.write_metrics(metrics)
    run.log(f"wrote {run.path / 'bundle'}")
    return metrics


def learnt_photographs(start: Bundle, stores: Sequence[Store], *, head: bool) -> TrainingPhotographs:
    """Returns what a bundle was trained on: what its start had seen, and the photographs of this run.

    Args:
        start: The weights that the run started from; without labels its head is gone, with all that it alone saw.
        stores: Photographs of the run.
        head: Whether they are fitted by the head alone.
    """
    before = None if start.path is None else read_photographs(start.path)
    if before is not None and not start.card.labels:
        before = before.of_backbone
    return TrainingPhotographs.of(stores, head=head).joined(before)


def _predictions(
    name: str, cohort: Cohort, folds: NDArray[np.int64], logits: NDArray[np.floating], by: Sequence[str]
) -> pd.DataFrame:
    """One row per image and label."""
    frame = cohort.store.frame.iloc[cohort.rows]
    targets = cohort.targets
    scores = scores_from_logits(np.asarray(logits, np.float32), targets.task)
    images = pd.DataFrame(
        {
            "set": name,
            "dataset": dataset_column(frame, cohort.name).to_numpy(),
            "image": frame["image"].to_numpy(),
            "patient": patient_ids(frame).to_numpy(),
            "fold": folds,
        }
    )
    for column in by:
        images[column] = column_text(frame, column).to_numpy() if column in frame else ""
    parts = [
        images.assign(label=label, truth=targets.values[:, place].astype(np.float64), score=scores[:, place])
        for place, label in enumerate(targets.labels)
    ]
    table = pd.concat(parts, ignore_index=True)
    order = ["set", "dataset", "image", "patient", "label", "fold", "truth", "score"]
    return table[order + [column for column in by if column not in order]]


def _definition(label: str, task: Task, columns: Sequence[str], training: Cohort) -> str:
    if task == "multiclass":
        return f"the manifest's column {columns[0]} is {label}"
    sources = dict(named_label(column, training.store.frame.columns) for column in columns)
    return label_definition(sources.get(label, label))
