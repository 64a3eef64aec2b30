"""The card of a segmenter: what it is, what it started from, and which photographs it was trained on."""

import hashlib
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from fundusfm.config.fit import fit_detail
from fundusfm.config.segment import SegmentTrainConfig
from fundusfm.data.fov.detect import CROP_VERSION
from fundusfm.data.manifest.splits import count_patients
from fundusfm.models.card.results import Results
from fundusfm.models.card.schema import Card, OperatingPoint, Step, TrainingData
from fundusfm.models.segmentation.segmenter import PIECE, POINT
from fundusfm.models.segmentation.structures import VESSELS, WORDS, task_of
from fundusfm.models.segmentation.tiny import TINY
from fundusfm.runs import plain
from fundusfm.structures.photographs import StructureImage
from fundusfm.structures.training.start import decoder_and_size
from fundusfm.structures.training.threshold import Threshold


def segmenter_card(
    start: Card,
    *,
    images: Sequence[StructureImage],
    hashes: Sequence[str],
    used: NDArray[np.bool_],
    thresholds: Mapping[str, Threshold],
    config: SegmentTrainConfig,
    encoder_rate: float,
    results: Results,
) -> Card:
    """Returns the card of a trained segmenter.

    Args:
        start: Card of the backbone or network it started from.
        images: All photographs of the run.
        hashes: Hash of each of them.
        used: bool (n,), which of them the network was trained on.
        thresholds: Threshold of each mask, in the order of the outputs; chosen on the photographs used.
        config: Options of `fundusfm segment train`.
        encoder_rate: Share of the learning rate that the encoder had.
        results: Metrics of the run.
    """
    decoder, size = decoder_and_size(config)
    learnt = [name for name, kept in zip(hashes, used, strict=True) if kept]
    options = ("structures", "decoder", "method", "patch", "patches", "folds", "protocol", "fraction", "tta")
    detail = {key: getattr(config, key) for key in options} | {"decoder": decoder}
    detail |= {"encoder_rate": encoder_rate} | fit_detail(config) | {"photographs": learnt}
    data = []
    for name in dict.fromkeys(image.dataset for image in images):
        places = [place for place, image in enumerate(images) if image.dataset == name]
        own = [images[place] for place in places if used[place]]
        digest = hashlib.sha256("\n".join(sorted(hashes[place] for place in places)).encode()).hexdigest()
        patients = count_patients([image.group for image in own])
        data.append(TrainingData(name=name, rows=len(own), patients=patients, hash=digest, select=config.select))
    labels = list(thresholds)
    task = task_of(labels)
    words = ", ".join(WORDS[label] for label in labels)
    what = "vessel segmentation" if task == "vessels" else f"segmentation of {words}"
    what += f" on {', '.join(row.name for row in data)}"
    name = f"{start.name}_{task}" if decoder == TINY else f"{start.name}_{config.method}_{decoder}_{task}"
    return start.model_copy(
        update={
            "name": name,
            "labels": labels,
            "label_definitions": {
                label: "an observer has drawn a vessel over the pixel"
                if label == VESSELS
                else f"an observer has drawn {WORDS[label]} over the pixel"
                for label in labels
            },
            "task": task,
            "decoder": decoder,
            "method": config.method,
            "size": size,
            "crop": CROP_VERSION,
            "operating_points": {label: _points(chosen) for label, chosen in thresholds.items()},
            "metrics": plain(Results(results.cv, results.external).plain()),
            "lineage": [*start.lineage, Step(what=what, detail=detail)],
            "training_data": [*start.training_data, *data],
        }
    )


def _points(chosen: Threshold) -> dict[str, OperatingPoint]:
    return {POINT: chosen.point} | ({} if chosen.piece is None else {PIECE: chosen.piece})
