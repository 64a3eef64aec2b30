"""Generated photographs and stores to measure with, made once per folder."""

from pathlib import Path

import fundusfm

CAMERA_HEIGHT = 2592
"""Of the 3872 x 2592 photographs of a common fundus camera."""


def photographs(folder: Path, *, count: int, size: int) -> list[Path]:
    """Returns generated photographs, in order.

    Args:
        folder: Where they are kept.
        count: Number of photographs.
        size: Height of each in pixels.
    """
    out = folder / f"photographs-{size}px-{count}"
    if not (out / "manifest.csv").exists():
        fundusfm.synth(out=str(out), count=count, size=size, overwrite=True)
    return sorted((out / "images").iterdir())


def store(folder: Path, *, count: int, size: int) -> Path:
    """Returns a store of generated photographs.

    Args:
        folder: Where it is kept.
        count: Number of photographs.
        size: Side of the crops in pixels.
    """
    photographs(folder, count=count, size=size)
    out = folder / f"store-{size}px-{count}"
    if not (out / "header.json").exists():
        manifest = folder / f"photographs-{size}px-{count}" / "manifest.csv"
        fundusfm.prepare(manifest=str(manifest), size=size, out=str(out), overwrite=True)
    return out
