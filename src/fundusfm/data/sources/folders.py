"""Any set that keeps its photographs in one folder per class."""

from pathlib import Path

import pandas as pd

from fundusfm.data.decode.image import SUFFIXES
from fundusfm.data.sources.files import photographs
from fundusfm.data.sources.source import PublicSet
from fundusfm.errors import SourceError

PARTS = ("train", "training", "val", "valid", "validation", "test", "testing")
"""Names of folders that are parts of a set, not classes."""


def subfolders(root: Path) -> list[Path]:
    """Returns the folders directly below the root, without hidden ones and those that macOS adds to archives.

    One folder that wraps all others, as archives have, is stepped into.

    Raises:
        SourceError: The root is not there.
    """
    if not root.is_dir():
        raise SourceError(f"There is no folder {root}; give the folder that the data set was unpacked to")
    found = [path for path in sorted(root.iterdir()) if path.is_dir() and not path.name.startswith((".", "__MACOSX"))]
    if len(found) == 1:
        return [path for path in sorted(found[0].iterdir()) if path.is_dir()] or found
    return found


def classes(folders: list[Path], where: Path) -> pd.DataFrame:
    """Returns the rows of one class per folder; photographs may lie at any depth below it.

    Args:
        folders: One per class.
        where: The folder that holds them.

    Raises:
        SourceError: There are fewer than two classes, one has no photograph, or photographs lie beside them.
    """
    parent = folders[0].parent if folders else where
    loose = sorted(path.name for path in parent.iterdir() if path.suffix.lower() in SUFFIXES)
    if loose:
        raise SourceError(f"{parent} holds photographs beside its class folders, such as {loose[0]}; sort them in")
    if len(folders) < 2:
        named = f"only `{folders[0].name}`" if folders else "none"
        raise SourceError(
            f"{where} should hold one folder of photographs per class, at least two, but it holds {named}"
        )
    rows = [
        {"image": str(path.absolute()), "class": folder.name}
        for folder in folders
        for path in photographs(folder, recursive=True)
    ]
    return pd.DataFrame(rows, dtype=object)


def _read(root: Path) -> pd.DataFrame:
    folders = subfolders(root)
    parts = [folder.name for folder in folders if folder.name.lower() in PARTS]
    if parts:
        raise SourceError(
            f"{root} is divided into parts ({', '.join(parts)}); import it with `fundusfm data import imagefolder`"
        )
    return classes(folders, root)


SOURCE = PublicSet(
    name="folders",
    title="folder per class",
    about=(
        "Any set that keeps its photographs in one folder per class, at any depth below it. Which class is normal is "
        "never guessed, so no harmonised label such as `abnormal` is made: train on the classes with `--labels class "
        "--task multiclass`, or, where the classes are numbers, on a comparison such as `--labels 'class>=1'`."
    ),
    where="your own data",
    licence="that of the set",
    citation="that of the set",
    layout="""
        CLASS/photograph.jpg
        CLASS/any/depth/photograph.jpg
        OTHER_CLASS/…
    """,
    labels={"class": "name of the folder below the root"},
    read=_read,
)
