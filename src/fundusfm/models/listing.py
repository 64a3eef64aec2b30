"""`fundusfm weights list|show`: which weights can be named instead of given by path. Imports no torch."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from fundusfm.errors import WeightsError
from fundusfm.models.card.schema import Card
from fundusfm.models.packaged import LICENCE, PackagedWeights, check_packaged, installed_packages
from fundusfm.models.released import check_released, released_bundles


def cache_folder() -> Path:
    """Returns the folder for weights and features: `$FUNDUSFM_CACHE`, else `~/.cache/fundusfm`."""
    return Path(os.environ.get("FUNDUSFM_CACHE") or Path.home() / ".cache" / "fundusfm")


def listed_weights() -> dict[str, Path]:
    """Returns the bundles that have a name: those shipped with the package, then those in the cache folder.

    A shipped bundle's name always means the shipped one.
    """
    shipped = released_bundles()
    cached = {card.parent.name: card.parent for card in sorted((cache_folder() / "weights").glob("*/card.json"))}
    return shipped | {name: path for name, path in cached.items() if name not in shipped}


def find_listed(name: str) -> Path:
    """Returns the folder of a named bundle.

    Raises:
        WeightsError: There is none; the sentence lists what there is.
    """
    known = listed_weights()
    if name not in known:
        raise WeightsError(
            f"No weights {name!r}: no such folder, and the listed names are {', '.join(known) or 'none yet'} (in "
            f"{cache_folder() / 'weights'}). Give the path of a bundle or of a file of weights, a listed name, the "
            "timm name of a backbone for its ImageNet weights, scratch or imagenet."
        )
    return known[name]


def find_bundle(weights: str | Path) -> Path:
    """Returns the folder that is meant by the path of a bundle, the path of a run that holds one, or a listed name.

    Raises:
        WeightsError: There is no such folder or name, or a shipped bundle is damaged.
    """
    folder = Path(weights)
    if not folder.exists():
        folder = find_listed(str(weights))
    if not (folder / "card.json").exists() and (folder / "bundle" / "card.json").exists():
        folder = folder / "bundle"
    check_released(folder)
    return folder


def summaries() -> list[dict[str, Any]]:
    """Returns facts of each named bundle and each installed package of ImageNet weights; shipped files are checked.

    Raises:
        WeightsError: A file of a shipped bundle or a package is missing or damaged, or a card is not valid.
    """
    bundles = [_summary(name, path) for name, path in listed_weights().items()]
    return bundles + [_packaged_summary(weights) for weights in installed_packages()]


def summaries_text(rows: Sequence[dict[str, Any]]) -> str:
    """Returns the named bundles as a table for people."""
    if not rows:
        return (
            f"No named weights. A bundle copied to {cache_folder() / 'weights'}/NAME can be given as --weights NAME; "
            "scratch and imagenet need none."
        )
    return "\n".join(
        f"{row['name']:24} {row['architecture']:24} {row['strategy']:16} {row['size']:5} px  "
        f"{row['origin']:8} {', '.join(row['labels']) or 'no head'}"
        for row in rows
    )


def _summary(name: str, path: Path) -> dict[str, Any]:
    check_released(path)
    card = Card.read(path / "card.json")
    keys = {"architecture", "strategy", "size", "labels", "task", "method", "licence"}
    shipped = path in released_bundles().values()
    origin = "shipped" if shipped else "cache"
    return {"name": name, "path": str(path), "shipped": shipped, "origin": origin} | card.model_dump(include=keys)


def _packaged_summary(weights: PackagedWeights) -> dict[str, Any]:
    """ImageNet weights of a package: a start without a head or a card, named as timm names the backbone."""
    return {
        "name": weights.backbone,
        "path": str(check_packaged(weights)),
        "shipped": False,
        "origin": "package",
        "architecture": weights.backbone,
        "strategy": "imagenet",
        "size": weights.size,
        "labels": [],
        "task": None,
        "method": None,
        "licence": LICENCE,
    }
