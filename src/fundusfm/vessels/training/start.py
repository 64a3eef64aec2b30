"""What a segmenter starts from: checked options, a backbone's weights in the encoder, a fresh decoder."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import torch

from fundusfm.data.fov.detect import CROP_VERSION
from fundusfm.errors import ConfigError
from fundusfm.evaluation.table import CV
from fundusfm.models.card.schema import Card, Step
from fundusfm.models.segmentation.network import STRIDE, build_segmentation_network, freeze_encoder, load_encoder
from fundusfm.models.segmentation.segmenter import Segmenter
from fundusfm.models.segmentation.tiny import TINY
from fundusfm.models.start import IMAGENET_MEAN, IMAGENET_STD, resolve_weights, without_head


def check_options(options: Mapping[str, Any]) -> None:
    """Refuses options that are out of range or contradict each other, before anything is written.

    Args:
        options: Of `segment_train`.

    Raises:
        ConfigError: Names the option and its range, or the contradiction.
    """
    size, patch = options["size"], options["patch"]
    if size < STRIDE:
        raise ConfigError(f"--size is {size}; it must be at least {STRIDE} pixels.")
    if patch < 0 or patch % STRIDE:
        raise ConfigError(f"--patch is {patch}; it must be a multiple of {STRIDE}, or 0 for the whole crop.")
    if options["patches"] < 1:
        raise ConfigError(f"--patches is {options['patches']}; it must be at least 1.")
    if options["folds"] < 0 or options["folds"] == 1:
        raise ConfigError(f"--folds is {options['folds']}; give 2 or more, or 0 for no cross-validation.")
    if options["folds"] and options["protocol"]:
        raise ConfigError(f"--protocol {options['protocol']} has splits of its own: leave --folds out.")
    if not 0 < options["fraction"] <= 1:
        raise ConfigError(f"--fraction is {options['fraction']}; it must be above 0 and at most 1.")
    if options["encoder_rate"] is not None and options["encoder_rate"] <= 0:
        raise ConfigError(f"--encoder-rate is {options['encoder_rate']}; it must be above 0 (--method LF trains none).")
    if options["decoder"] == TINY:
        if options["weights"] != "scratch" or options["backbone"]:
            raise ConfigError("--decoder tiny has no backbone: leave --weights and --backbone out.")
        if options["method"] == "LF":
            raise ConfigError("--decoder tiny has no encoder to leave as it is: leave --method out.")


def check_names(sets: Iterable[str], external: Iterable[str]) -> None:
    """Refuses external sets whose rows in the results could be taken for others.

    Args:
        sets: Names of the sets that are trained on.
        external: Names of those that are scored only.

    Raises:
        ConfigError: Names the set.
    """
    for name in set(external) & {*sets, CV}:
        raise ConfigError(
            f"--external: a set called {name} is there already: name it with NAME=PATH, and give only photographs that "
            "nothing was trained on."
        )


def start_segmenter(options: Mapping[str, Any], *, log: Callable[[str], None]) -> Segmenter:
    """Builds the network that every fit starts from, encoder loaded, decoder random, with its backbone's card.

    Args:
        options: Of `segment_train`.
        log: Receives what was built.

    Raises:
        WeightsError: The weights are missing or do not fit.
        ConfigError: The decoder cannot stand on the backbone.
    """
    decoder, size = options["decoder"], options["size"]
    if decoder == TINY:
        card = Card(
            name=f"{TINY}_{size}",
            architecture=TINY,
            strategy="scratch",
            lineage=[Step(what=f"random weights, seed {options['seed']}")],
            size=size,
            mean=list(IMAGENET_MEAN),
            std=list(IMAGENET_STD),
            crop=CROP_VERSION,
        )
        torch.manual_seed(options["seed"])
        return Segmenter(build_segmentation_network(decoder, TINY), card)
    backbone = without_head(
        resolve_weights(
            options["weights"],
            backbone=options["backbone"],
            size=size,
            imagenet_weights=options["imagenet_weights"],
            seed=options["seed"],
        )
    )
    if backbone.card.crop != CROP_VERSION:
        log(f"the backbone was trained on crop {backbone.card.crop}, vessels are learnt on {CROP_VERSION}")
    torch.manual_seed(options["seed"])
    network = build_segmentation_network(decoder, backbone.card.architecture)
    load_encoder(network, backbone.network)
    if options["method"] == "LF":
        freeze_encoder(network)
    log(f"{decoder} over {backbone.card.name} ({options['method']})")
    return Segmenter(network, backbone.card)
