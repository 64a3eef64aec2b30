"""The work of `fundusfm adapt`: calibration and thresholds for local photographs; the network stays as it is."""

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fundusfm.config.evaluate import AdaptConfig
from fundusfm.data.manifest.labels import Task, read_targets
from fundusfm.data.manifest.splits import count_patients, group_folds, patient_groups, patient_ids
from fundusfm.data.store.reader import Store
from fundusfm.errors import ConfigError, LabelError, WeightsError
from fundusfm.evaluation.evaluate import label_columns, open_all, selected
from fundusfm.evaluation.local.fit import adapted_card, estimated_prevalence, observed_prevalence, with_prevalence
from fundusfm.evaluation.local.judgement import LocalJudgement, gains, judge, judge_adapted
from fundusfm.evaluation.local.rule import eyes_needed, half_width_of
from fundusfm.evaluation.protocol import summarise
from fundusfm.evaluation.referral import judged_rule, referable_eyes, rule_text
from fundusfm.evaluation.table import REFER, THRESHOLD_PREFIX, table
from fundusfm.models.bundle import Bundle
from fundusfm.models.card.readme import readme
from fundusfm.models.card.recipes import bundle_use
from fundusfm.models.card.referral import REFERRAL, Goal
from fundusfm.models.card.results import Results
from fundusfm.models.card.schema import Card, Step, TrainingData
from fundusfm.models.inference import logits, scores_from_logits
from fundusfm.models.overlap import training_overlap
from fundusfm.models.photographs import PHOTOGRAPHS, write_photographs
from fundusfm.models.resolve import resolve_weights
from fundusfm.models.trainable import stamped
from fundusfm.parquet import write_parquet
from fundusfm.runs import RunFolder, open_run, plain, write_atomic
from fundusfm.training.adaptation import learnt_photographs
from fundusfm.training.cohort import check_classes, dataset_column

BEFORE, AFTER = "before", "after"
"""Sets of an adaptation's predictions: by the bundle as it was, and by cards that other folds adapted."""

_DEFAULT: tuple[Goal, float] = ("specificity", 0.8)

Array = NDArray[np.float64]


def run_adapt(config: AdaptConfig) -> dict[str, Any]:
    """Runs the command; see `fundusfm.commands` for results and errors."""
    check_options(config)
    bundle = resolve_weights(config.weights, size=1)
    if not bundle.card.labels:
        raise WeightsError(f"--weights {config.weights} has no head, so there is nothing to adapt: see fundusfm probe.")
    prevalence = read_prevalence(config.prevalence or [], bundle.card)
    run = open_run(config.out, command="adapt", config=config, overwrite=config.overwrite, resume=config.resume)
    if (finished := run.earlier_metrics(resume=config.resume)) is not None:
        return finished
    store = _photographs(config, bundle, run)
    truth = _truth(config, bundle.card, store, run)
    score = scores_from_logits(logits(bundle, store, batch_size=config.batch_size), bundle.card.task).astype(np.float64)
    if config.unlabelled:
        card, known = bundle.card, estimated_prevalence(bundle.card, score)
        card = with_prevalence(card, known.shares | prevalence, known.priors)
        metrics: dict[str, Any] = {"estimated_prevalence": known.plain()}
        predictions = _predictions(BEFORE, card, store, truth, score, judge(card, score))
        run.log(f"prevalence estimated from {len(store)} photographs without labels: {known}")
    else:
        card, metrics, predictions = _fitted(config, bundle.card, store, truth, score, run)
        observed = observed_prevalence(card, truth)
        if unknown := sorted(prevalence.keys() - observed.keys()):
            raise ConfigError(f"--prevalence {unknown[0]}: the photographs do not know this label; leave it out.")
        card = with_prevalence(card, prevalence, observed)
    if card.both_eyes is not None:
        run.log("the adapted bundle scores each eye alone: what the fellow eye adds is not fitted to local photographs")
    write_parquet(run.path / "predictions.parquet", predictions)
    _write_bundle(run.path / "bundle", bundle, stamped(_told(card, bundle, store, config, prevalence, metrics)), store)
    shutil.rmtree(run.path / "stores", ignore_errors=True)
    run.write_metrics(metrics)
    run.log(f"wrote {run.path / 'bundle'}")
    return metrics


def _write_bundle(folder: Path, base: Bundle, card: Card, store: Store) -> None:
    """Writes a bundle of the same weights under another card; the card goes last."""
    folder.mkdir(parents=True, exist_ok=True)
    for file in base.path.iterdir() if base.path is not None else ():
        if file.is_file() and file.name not in ("card.json", "README.md", PHOTOGRAPHS):
            write_atomic(folder / file.name, file.read_bytes())
    write_photographs(folder, learnt_photographs(base, [store], head=True))
    write_atomic(folder / "README.md", readme(card, bundle_use(card)))
    card.write(folder / "card.json")


def check_options(config: AdaptConfig) -> None:
    """Refuses options that contradict each other or are out of range.

    Raises:
        ConfigError: Names the option and the fix.
    """
    for name in ("specificity", "sensitivity", "half_width"):
        value = getattr(config, name)
        if value is not None and not 0 < value < 1:
            raise ConfigError(f"--{name.replace('_', '-')} is {value}; it must be above 0 and below 1.", code="RANGE")
    if config.specificity is not None and config.sensitivity is not None:
        raise ConfigError("--specificity and --sensitivity are two goals for one rule: give one of them.")
    if config.unlabelled and (config.labels or config.specificity is not None or config.sensitivity is not None):
        raise ConfigError(
            "--unlabelled goes without --labels, --specificity and --sensitivity: without labels no threshold is "
            "fitted."
        )


def read_prevalence(given: Sequence[str], card: Card) -> dict[str, float]:
    """Reads LABEL=SHARE.

    Raises:
        ConfigError: One of them is not of this form, names no label of the bundle, or is outside 0 to 1.
    """
    found = {}
    for text in given:
        label, _, number = text.rpartition("=")
        try:
            share = float(number)
        except ValueError:
            share = np.nan
        if label not in card.labels or np.isnan(share):
            raise ConfigError(
                f"--prevalence {text}: expected LABEL=SHARE, such as {card.labels[0]}=0.12; the bundle's labels are "
                f"{', '.join(card.labels)}."
            )
        if not 0 < share < 1:
            raise ConfigError(f"--prevalence {text}: a share is above 0 and below 1.", code="RANGE")
        found[label] = share
    return found


def _photographs(config: AdaptConfig, bundle: Bundle, run: RunFolder) -> Store:
    """Opens or prepares the photographs, and refuses those that the weights were trained on."""
    notes: list[str] = []
    kept = selected(open_all([config.data], bundle, run), config.select, notes)
    for note in notes:
        run.log(note)
    if not kept or not len(kept[0]):
        raise ConfigError(f"--data {config.data} holds no photograph to adapt to.")
    seen = training_overlap(bundle, kept[0])
    if len(seen):
        raise ConfigError(
            f"--data {config.data}: the weights were trained on {seen}, such as "
            f"{kept[0].frame['image'].iloc[seen.first]}: their scores are too good to fit anything to. Leave them out, "
            "and other photographs of the same people.",
            code="SEEN",
        )
    return kept[0]


def _truth(config: AdaptConfig, card: Card, store: Store, run: RunFolder) -> Array:
    """Returns the truth of every label of the card, (n, labels); NaN where the photographs do not know it."""
    truth = np.full((len(store), len(card.labels)), np.nan)
    if config.unlabelled:
        return truth
    where = str(store.path)
    if card.task == "multiclass":
        if not config.labels:
            raise ConfigError("--labels is needed for a multiclass bundle: name the column that holds the classes.")
        classes = read_targets(store.frame, config.labels, task="multiclass", where=where, classes=card.labels)
        truth = classes.values.astype(np.float64)
    else:
        labels = config.labels or [label for label in card.labels if label in store.frame]
        if not labels:
            raise LabelError(
                f"{where} has none of the labels {', '.join(card.labels)}: name a column with --labels LABEL=COLUMN, "
                "or add --unlabelled to estimate how frequent they are."
            )
        names, columns = label_columns(labels, card)
        found = read_targets(store.frame, columns, task="multilabel", where=where).values
        truth[:, [card.labels.index(name) for name in names]] = found
    known = [place for place in range(len(card.labels)) if not np.isnan(truth[:, place]).all()]
    check_classes([card.labels[place] for place in known], truth[:, known], where=where, log=run.log)
    _refuse_too_few(card, truth, _aim(config, card), config.half_width)
    return truth


def _aim(config: AdaptConfig, card: Card) -> tuple[Goal, float]:
    """Returns what the referral rule is to keep, and how much of it."""
    if config.sensitivity is not None:
        return "sensitivity", config.sensitivity
    if config.specificity is not None:
        return "specificity", config.specificity
    return _DEFAULT if card.referral is None else (card.referral.goal, card.referral.target)


def _refuse_too_few(card: Card, truth: Array, aim: tuple[Goal, float], half_width: float) -> None:
    goal, target = aim
    normal, found = referable_eyes(card.labels, truth)
    have, what = (normal.sum(), "normal eyes") if goal == "specificity" else (found.sum(), "positives")
    needed = eyes_needed(target, half_width)
    if have < needed:
        reach = f" ({have} give ±{half_width_of(target, int(have)):.2f})" if have else ""
        raise ConfigError(
            f"{have} {what}; {needed} are needed for ±{half_width:g} at a {goal} of {target:g}{reach}: by the "
            "half-width of a 95 % interval, n = 1.96² p (1 - p) / h². Add photographs, ask for the other goal with "
            "--specificity or --sensitivity, or accept a wider interval with --half-width. An eye is normal if all "
            "referable labels are known to be 0, or abnormal is 0, or a label that means healthy is 1.",
            code="TOO-FEW",
        )


def _fitted(
    config: AdaptConfig, card: Card, store: Store, truth: Array, score: Array, run: RunFolder
) -> tuple[Card, dict[str, Any], pd.DataFrame]:
    """Returns the adapted card, the metrics, and predictions before and after."""
    goal, target = _aim(config, card)
    groups = patient_groups(store.frame)
    sick = referable_eyes(card.labels, truth)[1]
    folds = group_folds(groups, sick.astype(np.float64), folds=config.folds, seed=config.seed)
    before, after = judge(card, score), judge_adapted(card, truth, score, folds, goal=goal, target=target)
    fitted = adapted_card(card, truth, score, goal=goal, target=target)
    predictions = pd.concat(
        [_predictions(name, card, store, truth, score, judged) for name, judged in ((BEFORE, before), (AFTER, after))],
        ignore_index=True,
    )
    if fitted.referral is not None and after.refer is not None:
        rule = judged_rule(table(predictions, AFTER), after.refer, fitted.referral)
        fitted = fitted.model_copy(update={"referral": rule})
        run.log(rule_text(rule))
    task: Task = "multiclass" if card.task == "multiclass" else "multilabel"
    results = summarise(predictions, task=task, ordered=card.ordered, seed=config.seed)
    patients = np.unique(groups, return_inverse=True)[1]
    gained = gains(card.labels, truth, score, patients, before, after, seed=config.seed)
    for label, found in gained.items():
        for metric, gain in found.items():
            run.log(f"{label}: {metric} {gain}")
    metrics = results.plain() | {
        "gain": {label: {metric: gain.plain() for metric, gain in found.items()} for label, found in gained.items()}
    }
    if fitted.referral is not None:
        judged = {AFTER: fitted.referral}
        if card.referral is not None and before.refer is not None:
            judged = {BEFORE: judged_rule(table(predictions, BEFORE), before.refer, card.referral)} | judged
        metrics[REFERRAL] = {name: rule.model_dump() for name, rule in judged.items()}
    own = Results(external={f"{store.name}, by folds of the adaptation": results.external[AFTER]})
    return fitted.model_copy(update={"metrics": plain(own.plain())}), metrics, predictions


def _predictions(
    name: str, card: Card, store: Store, truth: Array, score: Array, judged: LocalJudgement
) -> pd.DataFrame:
    """Returns one row per photograph and label, as in `predictions.parquet`."""
    frame = store.frame
    images = pd.DataFrame(
        {
            "set": name,
            "dataset": dataset_column(frame, store.name).to_numpy(),
            "image": frame["image"].to_numpy(),
            "patient": patient_ids(frame).to_numpy(),
            "fold": -1,
        }
    )
    parts = []
    for place, label in enumerate(card.labels):
        part = images.assign(
            label=label, truth=truth[:, place], score=score[:, place], probability=judged.probability[:, place]
        )
        for point, values in judged.thresholds.items():
            part[THRESHOLD_PREFIX + point] = values[:, place]
        part[REFER] = np.nan if judged.refer is None else judged.refer.astype(np.float64)
        parts.append(part)
    return pd.concat(parts, ignore_index=True)


def _told(
    card: Card, bundle: Bundle, store: Store, config: AdaptConfig, prevalence: dict[str, float], metrics: dict[str, Any]
) -> Card:
    """Returns the card with what it was adapted from and to."""
    base = bundle.card
    patients = count_patients(patient_groups(store.frame))
    detail: dict[str, Any] = {
        "base": base.name,
        "base_weights": bundle.hash,
        "base_created": base.created,
        "data": store.name,
        "data_hash": store.hash,
        "photographs": len(store),
        "patients": patients,
        "network": "unchanged",
    }
    if config.unlabelled:
        what = f"probabilities adapted to {len(store)} photographs of {store.name} without labels"
        detail |= {"estimated_prevalence": metrics["estimated_prevalence"], "method": "Saerens et al. 2002"}
        calibrated = "how frequent each label is estimated to be"
    else:
        goal, target = _aim(config, base)
        what = f"probabilities and thresholds adapted to {len(store)} photographs of {store.name}"
        detail |= {"labels": config.labels, "goal": goal, "target": target, "folds": config.folds, "seed": config.seed}
        calibrated = "how frequent each label is"
    return card.model_copy(
        update={
            "name": f"{base.name}_{store.name}",
            "both_eyes": None,  # its scale and probabilities are those of the thresholds before
            "calibration": f"The probabilities are calibrated to {calibrated} in {len(store)} photographs of "
            f"{store.name}{', or to the shares that were stated' if prevalence else ''}. Labels without enough of "
            f"these photographs are calibrated as those of {base.name}.",
            "lineage": [*base.lineage, Step(what=what, detail=detail | {"stated_prevalence": prevalence})],
            "training_data": [
                *base.training_data,
                TrainingData(
                    name=store.name,
                    rows=len(store),
                    patients=patients,
                    hash=store.hash,
                    select=config.select,
                    head=True,
                ),
            ],
        }
    )
