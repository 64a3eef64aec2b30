"""The work of `fundusfm segment train`: one fit per fold, one on all photographs, each of them resumable."""

import copy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from torch import nn

from fundusfm.config.fit import FitSettings, fit_settings
from fundusfm.config.segment import SegmentTrainConfig
from fundusfm.config.types import Strategy
from fundusfm.data.manifest.splits import photographs_text
from fundusfm.errors import ManifestError
from fundusfm.evaluation.table import CV
from fundusfm.models.card.results import Results
from fundusfm.models.segmentation.bundle import save_segmenter, segmenter_of
from fundusfm.models.segmentation.segmenter import Segmenter
from fundusfm.models.segmentation.structures import VESSELS, masks_of
from fundusfm.models.segmentation.tiles import STRIDE
from fundusfm.models.trainable import weights_hash
from fundusfm.progress import track
from fundusfm.runs import RunFolder, open_run, write_atomic
from fundusfm.structures.photographs import StructureImage
from fundusfm.structures.scoring.evaluate import score_lines, score_sets
from fundusfm.structures.scoring.pixels import PixelCounts, count_pixels
from fundusfm.structures.scoring.scoring import SegmentScoring
from fundusfm.structures.sets import read_structure_sets
from fundusfm.structures.training.card import segmenter_card
from fundusfm.structures.training.cohort import SegmentCohort, make_cohort
from fundusfm.structures.training.crops import SegmentCrops, read_crops
from fundusfm.structures.training.fit import PatchSettings, fit_segmenter
from fundusfm.structures.training.start import (
    SegmenterStart,
    check_names,
    check_options,
    decoder_and_size,
    start_segmenter,
)
from fundusfm.structures.training.threshold import Threshold, best_threshold
from fundusfm.training.arrays import hash_arrays
from fundusfm.training.fitting.checkpoints import discard_checkpoints, read_weights, write_weights

_PRETRAINED_ENCODER_RATE = 0.3


@dataclass(frozen=True)
class _Fits:
    """What all fits of a run share."""

    run: RunFolder
    cohort: SegmentCohort
    crops: SegmentCrops
    start: SegmenterStart
    labels: list[str]
    patches: PatchSettings
    settings: FitSettings
    encoder_rate: float
    tta: bool
    resume: bool


def run_segment_train(config: SegmentTrainConfig) -> dict[str, Any]:
    """Runs the command; see `fundusfm.commands` for results and errors."""
    settings = fit_settings(config)
    check_options(config)
    _, size = decoder_and_size(config)
    run = open_run(config.out, command="segment train", config=config, overwrite=config.overwrite, resume=config.resume)
    if (finished := run.earlier_metrics(resume=config.resume)) is not None:
        return finished
    labels = masks_of(config.structures)
    sets = read_structure_sets(config.data, labels=labels, select=config.select, need_masks=True, log=run.log)
    images = [image for rows in sets.values() for image in rows]
    _check_labels(labels, images)
    external = read_structure_sets(config.external or [], labels=labels, select=None, need_masks=True, log=run.log)
    check_names(sets, external)
    cohort = make_cohort(
        images,
        folds=config.folds,
        fraction=config.fraction,
        seed=config.seed,
        protocol=config.protocol,
    )
    start = start_segmenter(config, log=run.log)
    run.log(f"{', '.join(sets)} at {size} px: {photographs_text(cohort.groups)}")
    crops = read_crops(cohort.images, size, labels=labels, log=run.log)
    run.record_inputs(_inputs(start, cohort, crops))
    patches = PatchSettings(config.patch or -(-size // STRIDE) * STRIDE, config.patches)
    rate = config.encoder_rate or (1.0 if start.card.strategy == Strategy.SCRATCH.value else _PRETRAINED_ENCODER_RATE)
    fits = _Fits(run, cohort, crops, start, labels, patches, settings, rate, config.tta, config.resume)
    scoring = SegmentScoring(run.path)
    for fold in range(cohort.fold_count):
        network = _fitted(fits, fold)
        points = _choose_thresholds(fits, network, fold)
        _score(fits, scoring, network, points, np.flatnonzero(cohort.folds == fold), fold)
    network = _fitted(fits, None)
    thresholds = _choose_thresholds(fits, network, None)
    _score(fits, scoring, network, thresholds, np.flatnonzero(cohort.held_out), None)
    used = cohort.train_rows(None)
    notes = score_sets(
        scoring,
        _segmenter(fits, network),
        external,
        thresholds=_points(thresholds),
        learnt={crops.hashes[row] for row in np.flatnonzero(used)},
        tta=config.tta,
    )
    for note in notes:
        run.log(note)
    results = Results(second_observer={})
    if cohort.fold_count or cohort.held_out.any() or external:
        results = scoring.finish(seed=cohort.seed)
        for line in score_lines(results):
            run.log(line)
    _collect_history(run, cohort.fold_count)
    card = segmenter_card(
        start.card,
        images=cohort.images,
        hashes=crops.hashes,
        used=used,
        thresholds={label: chosen.point for label, chosen in thresholds.items()},
        config=config,
        encoder_rate=rate,
        results=results,
    )
    save_segmenter(run.path / "bundle", network, card)
    metrics = results.plain()
    metrics["notes"] = notes
    metrics["training"] = {
        "photographs": int(used.sum()),
        "thresholds": _points(thresholds),
        "dice": {label: chosen.dice for label, chosen in thresholds.items()},
        "note": "on the photographs that the network has learnt from: not a result",
    }
    run.write_metrics(metrics)
    run.log(f"wrote {run.path / 'bundle'}")
    return metrics


def _check_labels(labels: list[str], images: list[StructureImage]) -> None:
    there = {label for image in images for label in image.labels}
    if missing := [label for label in labels if label not in there]:
        raise ManifestError(
            f"--data: no row has a mask of {', '.join(missing)}: fill the column {missing[0]}, or leave that structure "
            "out of --structures."
        )


def _inputs(start: SegmenterStart, cohort: SegmentCohort, crops: SegmentCrops) -> dict[str, str]:
    """Returns hashes of what a run is computed from, which `--resume` compares."""
    photographs = np.array(crops.hashes, dtype=object)
    names = np.array([image.dataset for image in cohort.images], dtype=object)
    found = {"weights": weights_hash(start.network)}
    for name in np.unique(names.astype(str)):
        rows = names == name
        found[f"photographs of {name}"] = hash_arrays(photographs[rows])
        found[f"masks and patients of {name}"] = hash_arrays(
            np.array([crops.masks[place].hash() for place in np.flatnonzero(rows)], dtype=object),
            cohort.groups[rows],
            cohort.folds[rows],
        )
    return found


def _fitted(fits: _Fits, fold: int | None) -> nn.Module:
    """Returns the network of one fit, from an earlier start of the run where it is there already."""
    folder = _folder(fits.run, fold)
    weights = folder / "segmenter.safetensors"
    network = copy.deepcopy(fits.start.network)
    if fits.resume and weights.exists():
        network.load_state_dict(read_weights(weights))
        return network.eval()
    name = _name(fold)
    used = fits.cohort.train_rows(fold)
    history = fit_segmenter(
        network,
        fits.crops.take(used),
        labels=fits.labels,
        patches=_patches_each(fits, fold, int(used.sum())),
        settings=fits.settings,
        encoder_rate=fits.encoder_rate,
        mean=fits.start.card.mean,
        std=fits.start.card.std,
        folder=folder,
        resume=fits.resume,
        log_line=lambda line: fits.run.log(f"{name}: {line}"),
    )
    table = pd.DataFrame(history)
    table.insert(0, "fold", "final" if fold is None else str(fold + 1))
    write_atomic(folder / "history.csv", table.to_csv(index=False, lineterminator="\n"))
    write_weights(weights, network.state_dict())
    discard_checkpoints(folder)
    return network


def _patches_each(fits: _Fits, fold: int | None, used: int) -> PatchSettings:
    """Draws more patches from each of few photographs: fewer labels shall not also mean fewer steps."""
    whole = int(fits.cohort.outside(fold).sum())
    return PatchSettings(fits.patches.side, round(fits.patches.each * whole / used))


def _choose_thresholds(fits: _Fits, network: nn.Module, fold: int | None) -> dict[str, Threshold]:
    """Chooses a fit's threshold for each mask on the photographs it has learnt from, in original pixels."""
    segmenter = _segmenter(fits, network)
    counts: dict[str, list[PixelCounts]] = {label: [] for label in fits.labels}
    sets: dict[str, list[str]] = {label: [] for label in fits.labels}
    rows = np.flatnonzero(fits.cohort.train_rows(fold))
    for row in track(rows, label=f"{_name(fold)}: threshold", unit="photo"):
        loaded = fits.cohort.images[row].load(allow_empty=False)
        probabilities = segmenter.probabilities(loaded.image, loaded.fov_circle, tta=fits.tta)
        for label in loaded.drawn.keys() & counts.keys():
            counted = loaded.fov & loaded.known.get(label, loaded.fov)
            counts[label].append(count_pixels(loaded.drawn[label][counted], probabilities[label][counted]))
            sets[label].append(fits.cohort.images[row].dataset)
    network.cpu()
    chosen = {label: best_threshold(own, sets[label]) for label, own in counts.items()}
    for label, one in chosen.items():
        fits.run.log(
            f"{_name(fold)}: threshold of {label} {one.point.threshold:.3f}, Dice {one.dice:.4f} on the photographs "
            "learnt from"
        )
    return chosen


def _points(thresholds: dict[str, Threshold]) -> dict[str, float]:
    return {label: chosen.point.threshold for label, chosen in thresholds.items()}


def _score(
    fits: _Fits,
    scoring: SegmentScoring,
    network: nn.Module,
    thresholds: dict[str, Threshold],
    rows: NDArray[np.int64],
    fold: int | None,
) -> None:
    """Scores photographs of patients that the network never saw: a test fold's, or those held out of the final fit."""
    if not len(rows):
        return
    segmenter = _segmenter(fits, network)
    for row in track(rows, label=f"{_name(fold)}: test", unit="photo"):
        image = fits.cohort.images[row]
        loaded = image.load()
        probabilities = segmenter.probabilities(loaded.image, loaded.fov_circle, tta=fits.tta)
        where = image.dataset if fold is None else CV
        number = -1 if fold is None else fold + 1
        scoring.add(where, image, loaded, probabilities, thresholds=_points(thresholds), fold=number)


def _segmenter(fits: _Fits, network: nn.Module) -> Segmenter:
    task = "vessels" if fits.labels == [VESSELS] else "structures"
    update = {"size": fits.crops.images.shape[1], "labels": fits.labels, "task": task}
    return segmenter_of(network, fits.start.card.model_copy(update=update))


def _name(fold: int | None) -> str:
    return "the final fit" if fold is None else f"fold {fold + 1}"


def _folder(run: RunFolder, fold: int | None) -> Path:
    folder = run.checkpoints / ("final" if fold is None else f"fold-{fold}")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _collect_history(run: RunFolder, folds: int) -> None:
    """Joins the learning curves of all fits into the run's `history.csv`."""
    parts = [pd.read_csv(_folder(run, fold) / "history.csv", dtype={"fold": str}) for fold in (*range(folds), None)]
    write_atomic(run.path / "history.csv", pd.concat(parts).to_csv(index=False, lineterminator="\n"))
