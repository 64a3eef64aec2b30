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
from fundusfm.models.segmentation.structures import DISC, VESSELS
from fundusfm.progress import track
from fundusfm.runs import open_run
from fundusfm.structures.photographs import StructureImage
from fundusfm.structures.scoring.kinds import ARTERY_VEIN, TITLES
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
        learnt=learnt_photographs(segmenter.card),
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
    }
    metrics["notes"] = notes
    for line in score_lines(results):
        run.log(line)
    run.write_metrics(metrics)
    return metrics


def learnt_photographs(card: Card) -> set[str]:
    """Returns what identifies the photographs that a segmenter has learnt vessels from."""
    return {name for step in card.lineage for name in step.detail.get("photographs", [])}


def score_sets(
    scoring: SegmentScoring,
    segmenter: Segmenter,
    sets: Mapping[str, Sequence[StructureImage]],
    *,
    thresholds: Mapping[str, float],
    learnt: set[str],
    tta: bool,
) -> list[str]:
    """Scores whole sets that a segmenter was not trained on.

    Args:
        scoring: Takes the scores.
        segmenter: What is scored.
        sets: Photographs by name of their set.
        thresholds: By mask, the probability from which a pixel belongs to it.
        learnt: What identifies the photographs that it has learnt from, see `pixel_hash`.
        tta: Whether mirror images are averaged.

    Returns:
        What was unexpected in the photographs, and a warning for each set in which some were learnt from.
    """
    notes: list[str] = []
    for name, images in sets.items():
        seen = 0
        for image in track(images, label=name, unit="photo"):
            loaded = image.load()
            notes += loaded.notes
            seen += pixel_hash(loaded.image) in learnt
            probabilities = segmenter.probabilities(loaded.image, loaded.fov_circle, tta=tta)
            scoring.add(name, image, loaded, probabilities, thresholds=thresholds)
        if seen:
            notes.append(
                f"WARNING: {name}: the network has learnt from {seen} of these {len(images)} photographs: these are "
                "no results on unseen data"
            )
    return notes


def score_lines(results: Results) -> list[str]:
    """Returns a sentence on each structure in cross-validation, where there was one, and in each external set."""
    return [
        f"{name}, {TITLES[label]}: "
        + ", ".join(f"{metric} {_text(cells[metric])}" for metric in _HEADLINES.get(label, _OF_LESIONS))
        for name, labels in results.sets.items()
        for label, cells in labels.items()
    ]


def _text(cell: Estimate) -> str:
    ends = cell.reason if np.isnan(cell.low) else f"95 % {cell.low:.4f} to {cell.high:.4f}"
    spread = "" if np.isnan(cell.std) else f"SD over folds {cell.std:.4f}, "
    return f"{cell.value:.4f} ({spread}{ends})"
