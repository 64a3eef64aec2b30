"""What a segmenter is trained from: checked options, and the weights of a backbone or of another segmenter."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import nn

from fundusfm.config.segment import SegmentTrainConfig
from fundusfm.data.fov.detect import CROP_VERSION
from fundusfm.errors import ConfigError, WeightsError
from fundusfm.evaluation.table import CV
from fundusfm.models.card.schema import Card, Step
from fundusfm.models.half import FULL
from fundusfm.models.listing import find_bundle
from fundusfm.models.segmentation.network import build_segmentation_network, freeze_encoder, load_encoder
from fundusfm.models.segmentation.structures import masks_of
from fundusfm.models.segmentation.tiles import STRIDE
from fundusfm.models.segmentation.tiny import TINY
from fundusfm.models.start import IMAGENET_MEAN, IMAGENET_STD, headless, resolve_network
from fundusfm.models.trainable import network_of

_DECODER, _SIZE = "unet", 768

# The last layer of every decoder of segmentation-models-pytorch, one output for each mask.
_HEAD = "segmentation_head."


@dataclass(frozen=True)
class SegmenterStart:
    """A segmentation network before its first fit.

    Attributes:
        network: Network from `build_segmentation_network`.
        card: Card of its backbone, or of the segmenter that is trained further.
    """

    network: nn.Module
    card: Card


def decoder_and_size(config: SegmentTrainConfig) -> tuple[str, int]:
    """Returns what the options say, else what the segmenter has that is trained further, else the defaults."""
    folder = _segmenter_folder(config.weights)
    card = None if folder is None else Card.read(folder / "card.json")
    decoder = config.decoder or (card.decoder if card else None) or _DECODER
    size = config.size if config.size is not None else (card.size if card else _SIZE)
    return decoder, size


def check_options(config: SegmentTrainConfig) -> None:
    """Refuses options that are out of range or contradict each other, before anything is written.

    Args:
        config: Options of `fundusfm segment train`.

    Raises:
        ConfigError: Names the option and its range, or the contradiction.
    """
    decoder, size = decoder_and_size(config)
    patch = config.patch
    masks_of(config.structures)
    if size < STRIDE:
        raise ConfigError(f"--size is {size}; it must be at least {STRIDE} pixels.")
    if patch < 0 or patch % STRIDE:
        raise ConfigError(f"--patch is {patch}; it must be a multiple of {STRIDE}, or 0 for the whole crop.")
    if config.patches < 1:
        raise ConfigError(f"--patches is {config.patches}; it must be at least 1.")
    if config.folds < 0 or config.folds == 1:
        raise ConfigError(f"--folds is {config.folds}; give 2 or more, or 0 for no cross-validation.")
    if config.folds and config.protocol:
        raise ConfigError(f"--protocol {config.protocol} has splits of its own: leave --folds out.")
    if not 0 < config.fraction <= 1:
        raise ConfigError(f"--fraction is {config.fraction}; it must be above 0 and at most 1.")
    if config.encoder_rate is not None and config.encoder_rate <= 0:
        raise ConfigError(f"--encoder-rate is {config.encoder_rate}; it must be above 0 (--method LF trains none).")
    if decoder == TINY:
        if config.backbone or (config.weights != "scratch" and _segmenter_folder(config.weights) is None):
            raise ConfigError("--decoder tiny has no backbone: leave --weights and --backbone out.")
        if config.method == "LF":
            raise ConfigError("--decoder tiny has no encoder to leave as it is: leave --method out.")


def check_names(sets: Iterable[str], external: Iterable[str]) -> None:
    """Refuses external sets whose name is taken in the results.

    Args:
        sets: Names of the sets to train on.
        external: Names of the sets that are only scored.

    Raises:
        ConfigError: Names the set.
    """
    for name in set(external) & {*sets, CV}:
        raise ConfigError(
            f"--external: a set called {name} is there already: name it with NAME=PATH, and give only photographs that "
            "nothing was trained on."
        )


def start_segmenter(config: SegmentTrainConfig, *, log: Callable[[str], None]) -> SegmenterStart:
    """Builds the network that every fit starts from.

    From a backbone, its encoder has the weights and the decoder is random; from a segmenter, both have weights.

    Args:
        config: Options of `fundusfm segment train`.
        log: Receives a line about what was built.

    Raises:
        WeightsError: The weights are missing or do not fit.
        ConfigError: The decoder cannot be built on the backbone, or is not that of the segmenter.
    """
    (decoder, size), masks = decoder_and_size(config), len(masks_of(config.structures))
    if (folder := _segmenter_folder(config.weights)) is not None:
        return _continued(folder, config, log=log)
    if decoder == TINY:
        if config.weights != "scratch":
            raise WeightsError(f"--weights {config.weights} holds no segmenter to train further.")
        card = Card(
            name=f"{TINY}_{size}",
            architecture=TINY,
            strategy="scratch",
            lineage=[Step(what=f"random weights, seed {config.seed}")],
            size=size,
            mean=list(IMAGENET_MEAN),
            std=list(IMAGENET_STD),
            crop=CROP_VERSION,
        )
        torch.manual_seed(config.seed)
        return SegmenterStart(build_segmentation_network(decoder, TINY, masks), card)
    backbone = headless(
        resolve_network(
            config.weights,
            backbone=config.backbone,
            size=size,
            imagenet_weights=config.imagenet_weights,
            seed=config.seed,
        )
    )
    if backbone.card.crop != CROP_VERSION:
        log(f"the backbone was trained on crop {backbone.card.crop}, masks are learnt on {CROP_VERSION}")
    torch.manual_seed(config.seed)
    network = build_segmentation_network(decoder, backbone.card.architecture, masks)
    load_encoder(network, backbone.network)
    if config.method == "LF":
        freeze_encoder(network)
    log(f"{decoder} over {backbone.card.name} ({config.method})")
    return SegmenterStart(network, backbone.card.model_copy(update={"views": 1}))


def _segmenter_folder(weights: str) -> Path | None:
    """Returns the folder of the bundle that `--weights` names, if it is a segmenter."""
    try:
        folder = find_bundle(weights)
        return folder if Card.read(folder / "card.json").decoder is not None else None
    except WeightsError:  # `scratch`, a file of weights, or a name that is explained where backbones are looked for
        return None


def _continued(folder: Path, config: SegmentTrainConfig, *, log: Callable[[str], None]) -> SegmenterStart:
    """Starts from a segmenter; outputs for masks that it does not know are random."""
    card = Card.read(folder / "card.json")
    if card.parts:
        raise ConfigError(
            f"--weights {config.weights} joins {len(card.parts)} networks, which cannot be trained further as one: "
            "train the segmenters that it was made of, and join them again with fundusfm segment join."
        )
    decoder, size = decoder_and_size(config)
    if decoder != card.decoder:
        raise ConfigError(
            f"--weights {config.weights} has the decoder {card.decoder}: leave --decoder out, or add --decoder "
            f"{card.decoder}."
        )
    labels = masks_of(config.structures)
    known = network_of(folder)
    torch.manual_seed(config.seed)
    network = build_segmentation_network(decoder, card.architecture, len(labels))
    own, given = network.state_dict(), known.state_dict()
    if decoder == TINY and labels != card.labels:
        raise ConfigError(f"--decoder tiny can only be trained further on the same masks: {', '.join(card.labels)}.")
    for name, value in own.items():
        if labels == card.labels or not name.startswith(_HEAD):
            own[name] = given[name]
        else:
            for place, label in enumerate(labels):
                if label in card.labels:
                    value[place] = given[name][card.labels.index(label)]
    network.load_state_dict(own)
    if config.method == "LF":
        freeze_encoder(network)
    fresh = [label for label in labels if label not in card.labels]
    gone = [label for label in card.labels if label not in labels]
    log(
        f"{card.name} ({decoder}), trained further at {size} px"
        + (f"; new: {', '.join(fresh)}" if fresh else "")
        + (f"; dropped, as --structures does not name them: {', '.join(gone)}" if gone else "")
    )
    # Weights that start from 16 bits are written as they were scored.
    return SegmenterStart(network, card.model_copy(update={"stored_bits": FULL}))
