"""Generated photographs and stores to measure with, made once per folder."""

import os
import shutil
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


def camera_photographs(folder: Path, *, count: int) -> list[Path]:
    """Returns JPEGs of a camera's size, in order: a few, each under many names.

    Args:
        folder: Where their names are kept.
        count: Number of names.

    `FUNDUSFM_BENCH_PHOTOGRAPHS` names a folder of real ones; without it, six are generated.
    """
    named = os.environ.get("FUNDUSFM_BENCH_PHOTOGRAPHS")
    sources = sorted(Path(named).iterdir()) if named else photographs(folder, count=6, size=CAMERA_HEIGHT)
    out = folder / f"camera-{'real' if named else 'generated'}-{count}"
    out.mkdir(exist_ok=True)
    links = [out / f"{number:05d}{sources[number % len(sources)].suffix}" for number in range(count)]
    for number, link in enumerate(links):
        if not link.exists():
            _under_another_name(sources[number % len(sources)].resolve(), link)
    return links


def _under_another_name(source: Path, name: Path) -> None:
    """Gives a file a second name; symbolic links would not do, because `predict` takes their file once only."""
    try:
        name.hardlink_to(source)
    except OSError:  # on another disk
        shutil.copyfile(source, name)


def probed(folder: Path, *, backbone: str, size: int) -> Path:
    """Returns a bundle with random backbone and a probed head.

    Args:
        folder: Where it is kept.
        backbone: Of timm.
        size: Side of its input in pixels.
    """
    run = folder / f"probe-{backbone}-{size}px"
    if not (run / "metrics.json").exists():
        fundusfm.probe(data=str(store(folder, count=200, size=size)), labels=["abnormal"], weights="scratch",
                       backbone=backbone, out=str(run), folds=2, overwrite=True)  # fmt: skip
    return run / "bundle"


def released(name: str) -> Path:
    """Returns the folder of a bundle that ships with the package."""
    return Path(fundusfm.__file__).parent / "released" / name
