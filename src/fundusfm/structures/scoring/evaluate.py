"""The work of `fundusfm segment evaluate`."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from fundusfm.config.segment import SegmentEvaluateConfig
from fundusfm.errors import ConfigError
from fundusfm.evaluation.table import CV
from fundusfm.models.card.results import Estimate, Results
from fundusfm.models.card.schema import Card
from fundusfm.models.segmentation.load import load_segmenter
from fundusfm.models.segmentation.segmenter import Segmenter
from fundusfm.models.segmentation.structures import ARTERY_VEIN, DISC, VESSELS, WORDS
from fundusfm.progress import track
from fundusfm.runs import open_run
from fundusfm.structures.photographs import StructureImage
from fundusfm.structures.scoring.scoring import SegmentScoring
from fundusfm.structures.sets import pixel_hash, read_structure_sets

_OF_LESIONS = ("auprc_pooled", "dice", "lesion_sensitivity", "false_positives")
_HEADLINES = {
    VESSELS: ("dice", "auroc", "cldice"),
    DISC: ("dice", "centre_error", "centre_within_half"),
    ARTERY_VEIN: ("accuracy", "accuracy_found"),
}


def run_segment_evaluate(config: SegmentEvaluateConfig) -> dict[str, Any]:
    """Runs the command; see `fundusfm.commands` for results and errors."""
    segmenter = load_segmenter(config.weights, device=config.device)
    run = open_run(config.out, command="segment evaluate", config=config, overwrite=config.overwrite)
    labels = segmenter.labels
    sets = read_structure_sets(config.data, labels=labels, select=config.select, need_masks=True, log=run.log)
    if CV in sets:
        raise ConfigError(f"--data: a set cannot be called {CV}, which means cross-validation; name it with NAME=PATH.")
    scoring = SegmentScoring(run.path)
    notes = score_sets(
        scoring,
        segmenter,
        sets,
        thresholds=segmenter.thresholds,
        pieces=segmenter.pieces,
        learnt=training_photographs(segmenter.card),
        tta=config.tta,
    )
    for note in notes:
        run.log(note)
    results = scoring.finish(seed=config.seed)
    metrics = results.plain()
    metrics["weights"] = {
        "name": segmenter.card.name,
        "strategy": segmenter.card.strategy,
        "hash": segmenter.hash,
        "thresholds": segmenter.thresholds,
        "pieces": segmenter.pieces,
    }
    metrics["notes"] = notes
    for line in score_lines(results):
        run.log(line)
    run.write_metrics(metrics)
    return metrics


def training_photographs(card: Card) -> set[str]:
    """Returns the hashes of the photographs that a segmenter was trained on; see `pixel_hash`."""
    return {name for step in card.lineage for name in step.detail.get("photographs", [])}


def score_sets(
    scoring: SegmentScoring,
    segmenter: Segmenter,
    sets: Mapping[str, Sequence[StructureImage]],
    *,
    thresholds: Mapping[str, float],
    pieces: Mapping[str, float],
    learnt: set[str],
    tta: bool,
) -> list[str]:
    """Scores sets that a segmenter should not have been trained on.

    Args:
        scoring: Takes the scores.
        segmenter: What is scored.
        sets: Photographs by name of their set.
        thresholds: Threshold of each mask.
        pieces: What a pixel of a piece has to reach; see `masks_at`.
        learnt: Hashes of the photographs that it was trained on; see `pixel_hash`.
        tta: Whether mirror images are averaged.

    Returns:
        Notes about the photographs, and a warning for each set that holds photographs the segmenter was trained on.
    """
    notes: list[str] = []
    for name, images in sets.items():
        seen = 0
        for image in track(images, label=name, unit="photo"):
            loaded = image.load()
            notes += loaded.notes
            seen += pixel_hash(loaded.image) in learnt
            probabilities = segmenter.probabilities(loaded.image, loaded.fov_circle, tta=tta)
            scoring.add(name, image, loaded, probabilities, thresholds=thresholds, pieces=pieces)
        if seen:
            notes.append(
                f"WARNING: {name}: the network has learnt from {seen} of these {len(images)} photographs: these are "
                "no results on unseen data"
            )
    return notes


def score_lines(results: Results) -> list[str]:
    """Returns a line of headline metrics for each structure in each set, cross-validation first."""
    return [
        f"{name}, {WORDS[label]}: "
        + ", ".join(f"{metric} {_text(cells[metric])}" for metric in _HEADLINES.get(label, _OF_LESIONS))
        for name, labels in results.sets.items()
        for label, cells in labels.items()
    ]


def _text(cell: Estimate) -> str:
    ends = cell.reason if np.isnan(cell.low) else f"95 % {cell.low:.4f} to {cell.high:.4f}"
    spread = "" if np.isnan(cell.std) else f"SD over folds {cell.std:.4f}, "
    return f"{cell.value:.4f} ({spread}{ends})"
