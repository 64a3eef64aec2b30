"""The work of `fundusfm evaluate`."""

import re
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from fundusfm.config.data import PrepareConfig
from fundusfm.config.evaluate import EvaluateConfig
from fundusfm.data.manifest.labels import Targets, Task, column_text, read_targets
from fundusfm.data.manifest.select import select_many
from fundusfm.data.manifest.splits import patient_ids, people_and_eyes
from fundusfm.data.manifest.table import split_name
from fundusfm.data.manifest.words import comparison_notes
from fundusfm.data.store.prepare import run_prepare
from fundusfm.data.store.reader import Store, open_store
from fundusfm.errors import ConfigError, LabelError
from fundusfm.evaluation.cells import auroc_text
from fundusfm.evaluation.compare import PREDICTIONS, compare, paired_metrics, paired_text, read_predictions
from fundusfm.evaluation.protocol import MACRO, OVERALL, summarise
from fundusfm.evaluation.referral import judged_sets, referred
from fundusfm.evaluation.subgroups import group_of
from fundusfm.evaluation.table import CV, REFER
from fundusfm.evaluation.weighted import YOUDEN
from fundusfm.extras import require_extra
from fundusfm.models.bundle import Bundle
from fundusfm.models.calibrate import logits_of, probabilities
from fundusfm.models.card.referral import REFERRAL
from fundusfm.models.card.results import Results
from fundusfm.models.card.schema import Card
from fundusfm.models.fellow import both_eyes_scores, fellow_logits
from fundusfm.models.inference import check_fit, logits, scores_from_logits
from fundusfm.models.overlap import overlap_note
from fundusfm.models.resolve import STARTS, resolve_weights
from fundusfm.parquet import write_parquet
from fundusfm.runs import RunFolder, open_run

_DEFAULT_SIZE = 224
_STORES = "stores"
_RENAMED = re.compile(r"(?P<name>[^<>=!]+)=(?P<column>[^=].*)")
"""`abnormal=dr_grade>=1`, but not `dr_grade>=1` or `dr_grade==1`."""


def run_evaluate(config: EvaluateConfig) -> dict[str, Any]:
    """Runs the command; see `fundusfm.commands` for results and errors."""
    if config.batch_size < 1 or config.repeats < 1:
        raise ConfigError(f"--batch-size {config.batch_size} and --repeats {config.repeats}: expected 1 or more.")
    by: list[str] = config.by or []
    if config.against:
        read_predictions(config.against)  # refuses a wrong folder before the images are scored
    bundle = _bundle(config)
    if config.both_eyes and bundle.card.both_eyes is None:
        raise ConfigError(
            f"--both-eyes: {bundle.card.name} scores one eye alone: leave it out, or make a bundle that knows what "
            "the fellow eye adds with fundusfm probe --both-eyes."
        )
    names, columns = label_columns(config.labels, bundle.card)
    task = _task(config.task, bundle, names)
    run = open_run(config.out, command="evaluate", config=config, overwrite=config.overwrite)
    notes: list[str] = []
    if not bundle.card.labels:
        notes.append(
            f"{config.weights} has no head: a random one is used, so scores are near chance; "
            "fundusfm probe or finetune makes one"
        )
        bundle = _with_random_head(bundle, names, task)
    judged = bundle.card.labels if task == "multiclass" else names
    without = [name for name in judged if YOUDEN not in bundle.card.operating_points.get(name, {})]
    if without:
        notes.append(f"no operating points are stored for {', '.join(without)}: judged at 0.5")
    stores = open_all(config.data, bundle, run)
    notes += [note for store in stores if (note := overlap_note(bundle, store))]
    stores = selected(stores, config.select, notes)
    _refuse_missing_columns(by, stores)
    for store in stores:
        refuse_no_grouping(by, store)
    targets = _targets(stores, columns, task, bundle)
    notes += [f"{store.name}: {note}" for store in stores for note in comparison_notes(store.frame, columns)]
    for note in notes:
        run.log(note)
    predictions = pd.concat(
        [
            score_set(bundle, store, truth, judged, by, config.batch_size, both_eyes=config.both_eyes)
            for store, truth in zip(stores, targets, strict=True)
        ],
        ignore_index=True,
    )
    write_parquet(run.path / PREDICTIONS, predictions)
    results = summarise(
        predictions,
        task=task,
        ordered=bundle.card.ordered,
        by=by,
        repeats=config.repeats,
        operating_points=bundle.card.operating_points,
        seed=config.seed,
    )
    metrics = results.plain()
    metrics["weights"] = {"name": bundle.card.name, "strategy": bundle.card.strategy, "hash": bundle.hash}
    metrics["notes"] = notes
    if (rule := bundle.card.referral) is not None:
        metrics[REFERRAL] = {name: found.model_dump() for name, found in judged_sets(predictions, rule).items()}
    if config.against:
        rows = compare(predictions, config.against, repeats=config.repeats, seed=config.seed)
        metrics["against"] = config.against
        metrics["paired"] = paired_metrics(rows)
        run.log(paired_text(rows, a=Path(config.out).name, b=Path(config.against).name))
    _log_auroc(run, results)
    shutil.rmtree(run.path / _STORES, ignore_errors=True)
    run.write_metrics(metrics)
    return metrics


def _bundle(config: EvaluateConfig) -> Bundle:
    if config.weights not in STARTS:
        for option in ("imagenet_weights", "size"):
            if getattr(config, option) is not None:
                raise ConfigError(
                    f"--{option.replace('_', '-')} goes with --weights scratch or imagenet; a bundle "
                    f"({config.weights}) brings its own: leave it out."
                )
    size = config.size or _size_of_first_store(config.data) or _DEFAULT_SIZE
    return resolve_weights(
        config.weights,
        backbone=config.backbone,
        size=size,
        imagenet_weights=config.imagenet_weights,
        seed=config.seed,
        device=config.device,
    )


def _size_of_first_store(data: Sequence[str]) -> int | None:
    return next((open_store(source).header.size for source in data if not _is_manifest(source)), None)


def _is_manifest(source: str) -> bool:
    return Path(split_name(source)[1]).expanduser().is_file()


def label_columns(labels: Sequence[str], card: Card) -> tuple[list[str], list[str]]:
    """Returns the bundle's labels, and for each the column or comparison that holds its truth.

    Raises:
        LabelError: The bundle does not have a label; the sentence lists those that it has.
    """
    known = card.labels
    if card.task == "multiclass":
        return list(labels), list(labels)
    names, columns = [], []
    for label in labels:
        renamed = None if label in known else _RENAMED.fullmatch(label)
        names.append(renamed["name"].strip() if renamed else label)
        columns.append(renamed["column"].strip() if renamed else label)
    unknown = [name for name in names if known and name not in known]
    if unknown:
        raise LabelError(
            f"The weights {card.name} do not predict {', '.join(unknown)}; they predict "
            f"{', '.join(known)}. Where the data call one of these otherwise, write {known[0]}=COLUMN."
        )
    if len(set(names)) < len(names):
        raise LabelError(f"--labels {' '.join(labels)} names a label twice: name each once.")
    return names, columns


def _task(given: Task | None, bundle: Bundle, names: Sequence[str]) -> Task:
    own = bundle.card.task if bundle.card.labels else None
    if own is None:
        if given == "multiclass":
            raise ConfigError("--task multiclass needs a bundle that knows its classes: see fundusfm probe.")
        return given or ("binary" if len(names) == 1 else "multilabel")
    if given is not None and (given == "multiclass") != (own == "multiclass"):
        raise ConfigError(f"--task {given} contradicts {bundle.card.name}, which is {own}: leave --task out.")
    if own == "multiclass":
        return own
    return "binary" if len(names) == 1 else "multilabel"


def _with_random_head(bundle: Bundle, names: list[str], task: Task) -> Bundle:
    require_extra("train", f"{bundle.card.name}, which has no head, so that a random one is made,")
    from fundusfm.models.network import attach_head
    from fundusfm.models.trainable import bundle_of

    network = bundle.load_network()
    attach_head(network, len(names))
    card = bundle.card.model_copy(update={"labels": names, "task": task, "operating_points": {}, "temperature": {}})
    return bundle_of(network, card)


def open_all(data: Sequence[str], bundle: Bundle, run: RunFolder) -> list[Store]:
    """Opens the stores, and prepares the manifests into the run folder."""
    stores: list[Store] = []
    for number, source in enumerate(data):
        if _is_manifest(source):
            folder = run.path / _STORES / str(number)
            run.log(f"preparing {source} at {bundle.card.size} px for this run; fundusfm data prepare keeps the result")
            prepare = PrepareConfig(manifest=source, size=bundle.card.size, out=str(folder))
            run_prepare(prepare, lossless=True)  # JPEG would move scores away from those of predict
            store = open_store(str(folder))
            if store.header.rejected:
                run.log(f"{store.header.rejected} photographs of {source} could not be read; see rejected.csv")
                shutil.copyfile(folder / "rejected.csv", run.path / "rejected.csv")
        else:
            store = open_store(source)
        check_fit(bundle, store)
        if store.name == CV or store.name in [other.name for other in stores]:
            raise ConfigError(
                f"--data {source}: the set name {store.name} is taken; give another as NAME={split_name(source)[1]}."
            )
        stores.append(store)
    return stores


def selected(stores: list[Store], expression: str | None, notes: list[str]) -> list[Store]:
    """Returns the rows that `--select` keeps; stores of which none is left are left out, and notes say so."""
    if not expression:
        return stores
    paths = [str(store.path) for store in stores]
    masks, whole = select_many([store.frame for store in stores], expression, where=paths)
    notes += [f"{path} has no column that --select names, so all its rows are used" for path in whole]
    kept = [store.take(mask) for store, mask in zip(stores, masks, strict=True)]
    notes += [f"--select keeps no row of {store.path}, so it is left out" for store in kept if not len(store)]
    return [store for store in kept if len(store)]


def _targets(stores: Sequence[Store], columns: Sequence[str], task: Task, bundle: Bundle) -> list[Targets]:
    """Reads the truth of all sets before any is scored: a fault in the last one costs no time.

    A label that only some of the sets hold is unknown in the others.
    """

    def read(store: Store, missing_ok: bool) -> Targets:
        return read_targets(
            store.frame,
            columns,
            task=task,
            where=str(store.path),
            missing_ok=missing_ok,
            classes=bundle.card.labels if task == "multiclass" else None,
        )

    targets = [read(store, True) for store in stores]
    if any(np.isnan(np.concatenate([found.values for found in targets])).all(axis=0)):
        read(stores[0], False)  # refuses a column that is missing rather than empty
    return targets


def _refuse_missing_columns(by: Sequence[str], stores: Sequence[Store]) -> None:
    for column in by:
        if not any(column in store.frame for store in stores):
            found = dict.fromkeys(str(name) for store in stores for name in store.frame.columns)
            raise ConfigError(
                f"--by {column}: {', '.join(store.name for store in stores)} have no such column; "
                f"they have {', '.join(found)}."
            )


def refuse_no_grouping(by: Sequence[str], store: Store) -> None:
    """Refuses columns with too many different values to make subgroups of, before anything is scored or fitted.

    Raises:
        ConfigError: Names the column.
    """
    for column in by:
        if column in store.frame:
            group_of(column_text(store.frame, column), column, where=store.name)


def score_set(
    bundle: Bundle,
    store: Store,
    truth: Targets,
    labels: Sequence[str],
    by: Sequence[str],
    batch_size: int,
    *,
    both_eyes: bool = False,
) -> pd.DataFrame:
    """Returns one row per image and label; with `both_eyes`, an eye that has a fellow is scored with it."""
    card, frame = bundle.card, store.frame
    scores = scores_from_logits(logits(bundle, store, batch_size=batch_size), card.task)
    calibrated = probabilities(scores, card)
    if both_eyes and card.both_eyes is not None:
        fellows = fellow_logits(*people_and_eyes(frame), logits_of(scores))
        scores, calibrated = both_eyes_scores(card.both_eyes, card.labels, scores, calibrated, fellows)

    def cells(column: str, absent: str) -> pd.Series:
        if column not in frame:
            return pd.Series(absent, index=frame.index, dtype=object)
        found = column_text(frame, column)
        return found.where(found != "", absent)

    images = pd.DataFrame(
        {
            "set": store.name,
            "dataset": cells("dataset", store.name),
            "image": frame["image"],
            "patient": patient_ids(frame),
            "fold": -1,
        }
    )
    extra = pd.DataFrame({column: cells(column, "") for column in by if column not in images}, index=frame.index)
    if card.referral is not None:
        extra[REFER] = referred(card.labels, scores, card.referral.thresholds).astype(float)
    parts = []
    for place, label in enumerate(labels):
        output = card.labels.index(label)
        parts.append(
            pd.concat(
                [
                    images.assign(
                        label=label,
                        truth=truth.values[:, place].astype(np.float64),
                        score=scores[:, output],
                        probability=calibrated[:, output],
                    ),
                    extra,
                ],
                axis=1,
            )
        )
    table = pd.concat(parts, ignore_index=True)
    first = ["set", "dataset", "image", "patient", "label", "fold", "truth", "score", "probability"]
    return table[[*first, *extra.columns]]


def _log_auroc(run: RunFolder, results: Results) -> None:
    for name, found in results.external.items():
        for label, cells in found.items():
            if label == OVERALL or (label == MACRO and len(found) == 2):
                continue
            run.log(f"{name}: {label}: {auroc_text(cells['auroc'])}")
