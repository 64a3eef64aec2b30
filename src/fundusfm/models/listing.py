"""`fundusfm weights list|show`: which bundles can be named instead of given by path. Imports no torch."""

import json
import os
from pathlib import Path
from typing import Any

from fundusfm.errors import WeightsError


def cache_folder() -> Path:
    """Returns the folder for weights and features: `$FUNDUSFM_CACHE`, else `~/.cache/fundusfm`."""
    return Path(os.environ.get("FUNDUSFM_CACHE") or Path.home() / ".cache" / "fundusfm")


def listed_weights() -> dict[str, Path]:
    """Returns the bundles that have a name: those shipped with the package and those in the cache folder."""
    folders = (Path(__file__).parent.parent / "weights", cache_folder() / "weights")
    return {card.parent.name: card.parent for folder in folders for card in sorted(folder.glob("*/card.json"))}


def find_listed(name: str) -> Path:
    """Returns the folder of a named bundle.

    Raises:
        WeightsError: There is none; the sentence lists what there is.
    """
    known = listed_weights()
    if name not in known:
        raise WeightsError(
            f"No weights {name!r}: no such folder, and the listed names are {', '.join(known) or 'none yet'} (in "
            f"{cache_folder() / 'weights'}). Give a bundle's path, a listed name, scratch or imagenet."
        )
    return known[name]


def find_bundle(weights: str) -> Path:
    """Returns the folder of a bundle given by path, by the path of the run that made it, or by a listed name.

    Raises:
        WeightsError: There is no such folder or name.
    """
    folder = Path(weights)
    if not folder.exists():
        folder = find_listed(weights)
    if not (folder / "card.json").exists() and (folder / "bundle" / "card.json").exists():
        return folder / "bundle"  # a run folder is accepted where its bundle is meant
    return folder


def list_weights(*, json: bool = False) -> None:
    """Lists the bundles that can be given by name to `--weights`.

    Args:
        json: Print JSON instead of a table.
    """
    rows = [_summary(name, path) for name, path in listed_weights().items()]
    if json:
        print(_dump(rows))
        return
    if not rows:
        print(
            f"No named weights. A bundle copied to {cache_folder() / 'weights'}/NAME can be given as --weights NAME; "
            "scratch and imagenet need none."
        )
    for row in rows:
        print(
            f"{row['name']:24} {row['architecture']:24} {row['strategy']:16} {row['size']:5} px  "
            f"{', '.join(row['labels']) or 'no head'}"
        )


def show_weights(*, name: str) -> None:
    """Prints the card of a bundle.

    Args:
        name: A listed name, or the path of a bundle folder.
    """
    path = Path(name) if (Path(name) / "card.json").exists() else find_listed(name)
    print((path / "card.json").read_text(encoding="utf-8").rstrip())


def _summary(name: str, path: Path) -> dict[str, Any]:
    card = json.loads((path / "card.json").read_text(encoding="utf-8"))
    return {"name": name, "path": str(path)} | {
        key: card.get(key) for key in ("architecture", "strategy", "size", "labels", "task", "method", "licence")
    }


def _dump(rows: list[dict[str, Any]]) -> str:
    return json.dumps(rows, indent=2)
