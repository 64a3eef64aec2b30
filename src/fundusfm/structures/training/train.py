"""The work of `fundusfm segment train`."""

from typing import Any

import numpy as np

from fundusfm.config.fit import fit_settings
from fundusfm.config.segment import SegmentTrainConfig
from fundusfm.config.types import Strategy
from fundusfm.data.manifest.splits import photographs_text
from fundusfm.errors import ManifestError
from fundusfm.models.card.results import Results
from fundusfm.models.segmentation.bundle import save_segmenter
from fundusfm.models.segmentation.structures import masks_of
from fundusfm.models.segmentation.tiles import STRIDE
from fundusfm.models.trainable import weights_hash
from fundusfm.runs import open_run
from fundusfm.structures.photographs import StructureImage
from fundusfm.structures.scoring.evaluate import score_lines, score_sets
from fundusfm.structures.scoring.scoring import SegmentScoring
from fundusfm.structures.sets import read_structure_sets
from fundusfm.structures.training.card import segmenter_card
from fundusfm.structures.training.cohort import SegmentCohort, make_cohort
from fundusfm.structures.training.crops import SegmentCrops, read_crops
from fundusfm.structures.training.fit import PatchSettings
from fundusfm.structures.training.fits import SegmentFits
from fundusfm.structures.training.start import (
    SegmenterStart,
    check_names,
    check_options,
    decoder_and_size,
    start_segmenter,
)
from fundusfm.structures.training.threshold import piece_thresholds, pixel_thresholds
from fundusfm.training.arrays import hash_arrays

_PRETRAINED_ENCODER_RATE = 0.3


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
        images, folds=config.folds, fraction=config.fraction, seed=config.seed, protocol=config.protocol
    )
    start = start_segmenter(config, log=run.log)
    run.log(f"{', '.join(sets)} at {size} px: {photographs_text(cohort.groups)}")
    crops = read_crops(cohort.images, size, labels=labels, log=run.log)
    run.record_inputs(_inputs(start, cohort, crops))
    patches = PatchSettings(config.patch or -(-size // STRIDE) * STRIDE, config.patches)
    rate = config.encoder_rate or (1.0 if start.card.strategy == Strategy.SCRATCH.value else _PRETRAINED_ENCODER_RATE)
    fits = SegmentFits(run, cohort, crops, start, labels, patches, settings, rate, config.tta, config.resume)
    scoring = SegmentScoring(run.path)
    for fold in (*range(cohort.fold_count), None):  # the final fit comes last; its network is the bundle's
        network = fits.fitted(fold)
        chosen = fits.choose_thresholds(network, fold)
        fits.score(scoring, network, chosen, fold)
    used = cohort.train_rows(None)
    notes = score_sets(
        scoring,
        fits.segmenter(network),
        external,
        thresholds=pixel_thresholds(chosen),
        pieces=piece_thresholds(chosen),
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
    fits.write_history()
    card = segmenter_card(
        start.card,
        images=cohort.images,
        hashes=crops.hashes,
        used=used,
        thresholds=chosen,
        config=config,
        encoder_rate=rate,
        results=results,
    )
    save_segmenter(run.path / "bundle", network, card)
    metrics = results.plain()
    metrics["notes"] = notes
    metrics["training"] = {
        "photographs": int(used.sum()),
        "thresholds": pixel_thresholds(chosen),
        "pieces": piece_thresholds(chosen),
        "dice": {label: one.dice for label, one in chosen.items()},
        "note": "on the photographs that the network has learnt from: not a result",
    }
    run.write_metrics(metrics)
    run.log(f"wrote {run.path / 'bundle'}")
    return metrics


def _check_labels(labels: list[str], images: list[StructureImage]) -> None:
    known = {label for image in images for label in image.labels}
    if missing := [label for label in labels if label not in known]:
        raise ManifestError(
            f"--data: no row has a mask of {', '.join(missing)}: fill the column {missing[0]}, or leave that structure "
            "out of --structures."
        )


def _inputs(start: SegmenterStart, cohort: SegmentCohort, crops: SegmentCrops) -> dict[str, str]:
    """Returns hashes of what a run is computed from; `--resume` compares them."""
    photographs = np.array(crops.hashes, dtype=object)
    names = np.array([image.dataset for image in cohort.images], dtype=object)
    hashes = {"weights": weights_hash(start.network)}
    for name in np.unique(names.astype(str)):
        rows = names == name
        hashes[f"photographs of {name}"] = hash_arrays(photographs[rows])
        hashes[f"masks and patients of {name}"] = hash_arrays(
            np.array([crops.masks[place].hash() for place in np.flatnonzero(rows)], dtype=object),
            cohort.groups[rows],
            cohort.folds[rows],
        )
    return hashes
