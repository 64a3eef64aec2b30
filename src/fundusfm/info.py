"""`fundusfm info`: what this installation is and can do, told without importing torch."""

import typing
from collections.abc import Mapping
from importlib import metadata
from typing import Any

from packaging.requirements import Requirement

RECOMMENDED_BACKBONES = {
    "mobilenetv2_100": "light: pretrains on a two-core machine within an hour at 160 px",
    "efficientnet_b0": "light, a little stronger, still fine without a GPU",
    "resnet50": "the seed paper's backbone; one GPU",
    "convnext_tiny": "strong compact CNN; one GPU",
    "swinv2_tiny_window8_256": "strong compact transformer at 256 px; one GPU",
    "vit_base_patch16_224": "plain transformer, for comparison with self-supervised models; one GPU",
}
"""Backbones worth starting with; any other timm name works too."""


def facts_text(facts: Mapping[str, Any]) -> str:
    """Returns the facts as lines for people."""
    lines = []
    for name, value in facts.items():
        if isinstance(value, dict):
            lines += [f"{name}:", *(f"  {key:<26}{text}" for key, text in value.items())]
        else:
            lines.append(f"{name}: {', '.join(value) if isinstance(value, list) else value}")
    return "\n".join(lines)


def describe() -> dict[str, Any]:
    """Returns the facts `fundusfm info` shows, as plain values."""
    from fundusfm.commands.table import COMMANDS
    from fundusfm.data.fov.detect import CROP_VERSION
    from fundusfm.models.listing import cache_folder, listed_weights

    return {
        "version": metadata.version("fundusfm"),
        "commands": {command.name: command.help for command in COMMANDS},
        "strategies": _choices("pretrain", "strategy"),
        "tasks": _choices("probe", "task"),
        "backbones": RECOMMENDED_BACKBONES,
        "crop": CROP_VERSION,
        "cache": str(cache_folder()),
        "weights": sorted(listed_weights()),
        "extras": {
            name: "installed" if not missing else f"missing {', '.join(missing)}"
            for name, missing in missing_by_extra().items()
        },
    }


def missing_by_extra() -> dict[str, list[str]]:
    """Returns, for each optional extra of the package, the packages of it that are not installed."""
    extras: dict[str, list[str]] = {name: [] for name in metadata.metadata("fundusfm").get_all("Provides-Extra") or []}
    for line in metadata.requires("fundusfm") or []:
        requirement = Requirement(line)
        if requirement.name == "fundusfm" or requirement.marker is None:
            continue
        for name, missing in extras.items():
            if requirement.marker.evaluate({"extra": name}) and not installed(requirement.name):
                missing.append(requirement.name)
    return extras


def installed(package: str) -> str | None:
    """Returns the version of an installed package, or None."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _choices(command: str, option: str) -> list[str]:
    """Returns the values that an option of a command may have."""
    from fundusfm.commands.command import options_of
    from fundusfm.commands.table import COMMANDS

    function = next(entry for entry in COMMANDS if entry.name == command).load()
    found = next(entry for entry in options_of(function) if entry.name == option)
    return [str(choice) for choice in typing.get_args(found.type)]
