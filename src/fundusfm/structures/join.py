"""The work of `fundusfm segment join`."""

import sys
from pathlib import Path

import numpy as np

from fundusfm.config.segment import SegmentJoinConfig
from fundusfm.errors import ConfigError
from fundusfm.models.bundle import Bundle
from fundusfm.models.card.parts import NetworkPart
from fundusfm.models.card.schema import Card, Step
from fundusfm.models.export.folder import fresh_folder, refuse_folder
from fundusfm.models.segmentation.bundle import save_segmenter
from fundusfm.models.segmentation.joined import JoinedNetwork
from fundusfm.models.segmentation.load import read_segmenter
from fundusfm.models.segmentation.structures import MASKS, WORDS, masks_of, task_of


def run_segment_join(config: SegmentJoinConfig) -> Path:
    """Runs the command; see `fundusfm.commands` for results and errors."""
    target = Path(config.out)
    refuse_folder(target, overwrite=config.overwrite)
    first, second = read_segmenter(config.weights), read_segmenter(config.second)
    taken = masks_of(config.structures)
    _check(first.card, second.card, taken, config)
    card = _card(first, second, taken)
    network = JoinedNetwork([first.load_network(), second.load_network()], card.parts, card.labels).eval()
    with fresh_folder(target) as folder:
        save_segmenter(folder, network, card)
    words = ", ".join(WORDS[mask] for mask in taken)
    print(f"wrote {target}: {first.card.name}, with {words} of {second.card.name}", file=sys.stderr)
    return target


def _check(first: Card, second: Card, taken: list[str], config: SegmentJoinConfig) -> None:
    for card, path in ((first, config.weights), (second, config.second)):
        if card.parts:
            raise ConfigError(f"{path} joins {len(card.parts)} networks already: join those that it was made of.")
    if missing := [mask for mask in taken if mask not in second.labels]:
        raise ConfigError(f"{config.second} does not find {WORDS[missing[0]]}: it finds {', '.join(second.labels)}.")
    if not np.allclose([first.mean, first.std], [second.mean, second.std]):
        raise ConfigError(
            f"{config.weights} and {config.second} normalise colours differently, so they cannot be joined."
        )


def _card(first: Bundle, second: Bundle, taken: list[str]) -> Card:
    """Returns the card of both; the results of each were those of another segmenter, so there are none."""
    one, other = first.card, second.card
    labels = [mask for mask in MASKS if mask in {*one.labels, *taken}]
    from_other = {label: label in taken for label in labels}
    parts = [
        NetworkPart(
            decoder=str(bundle.card.decoder),
            architecture=bundle.card.architecture,
            size=bundle.card.size,
            labels=bundle.card.labels,
            gives=[label for label in labels if from_other[label] == is_second],
            hash=bundle.hash,
        )
        for bundle, is_second in ((first, False), (second, True))
    ]
    words = ", ".join(WORDS[mask] for mask in taken)
    joined = Step(what=f"joined: {words} come from the second network", detail={"second": other.name})
    licences = list(dict.fromkeys([one.licence, other.licence]))
    return one.model_copy(
        update={
            "name": f"{one.name}_joined",
            "labels": labels,
            "task": task_of(labels),
            "parts": parts,
            "stored_bits": max(one.stored_bits, other.stored_bits),  # nothing is rounded unasked
            "label_definitions": {
                label: (other if from_other[label] else one).label_definitions[label] for label in labels
            },
            "operating_points": {
                label: (other if from_other[label] else one).operating_points[label] for label in labels
            },
            "lineage": [*one.lineage, *(step for step in other.lineage if step not in one.lineage), joined],
            "training_data": [
                *one.training_data,
                *(data for data in other.training_data if data not in one.training_data),
            ],
            "metrics": {},
            "licence": "; ".join(licences),
            "limits": list(dict.fromkeys([*one.limits, *other.limits])),
        }
    )
