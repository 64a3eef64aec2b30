"""Any set in the layout of torchvision's ImageFolder, which RETFound and others train from."""

from pathlib import Path

import pandas as pd

from fundusfm.data.sources.folders import PARTS, classes, subfolders
from fundusfm.data.sources.source import PublicSet
from fundusfm.errors import SourceError


def _read(root: Path) -> pd.DataFrame:
    folders = subfolders(root)
    parts = [folder for folder in folders if folder.name.lower() in PARTS]
    if len(parts) < 2 or len(parts) < len(folders):
        found = ", ".join(f"`{folder.name}`" for folder in folders) or "none"
        raise SourceError(f"{root} should hold the folders `train`, `val` and `test`, and no other; it holds {found}")
    frames = {part.name.lower(): classes(subfolders(part), part) for part in parts}
    everywhere = set.union(*(set(frame["class"]) for frame in frames.values()))
    lacking = [
        f"`{name}` lacks {', '.join(sorted(everywhere - set(frame['class'])))}"
        for name, frame in frames.items()
        if set(frame["class"]) != everywhere
    ]
    if lacking:
        raise SourceError(f"The parts of {root} have different classes: {'; '.join(lacking)}")
    return pd.concat([frame.assign(part=name) for name, frame in frames.items()], ignore_index=True)


SOURCE = PublicSet(
    name="imagefolder",
    title="parts with a folder per class",
    about=(
        "Any set that is divided into parts, each with one folder per class: torchvision's ImageFolder, as RETFound's "
        "scripts expect it. The parts' names become the column `part`. Which class is normal is never guessed, so no "
        "harmonised label such as `abnormal` is made: train on the classes with `--labels class --task multiclass`, "
        "or, where the classes are numbers, on a comparison such as `--labels 'class>=1'`."
    ),
    where="your own data",
    licence="that of the set",
    citation="that of the set",
    layout="""
        train/CLASS/photograph.jpg
        val/CLASS/photograph.jpg
        test/CLASS/photograph.jpg         the same classes in every part
    """,
    labels={"class": "name of the folder below the part"},
    read=_read,
)
