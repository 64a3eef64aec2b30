"""Which photographs to explain: files, folders, a manifest or a store."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from fundusfm.data.decode.image import SUFFIXES
from fundusfm.data.fov.detect import FOV
from fundusfm.data.manifest.select import select as select_rows
from fundusfm.data.manifest.table import read_manifest, split_name
from fundusfm.data.store.reader import open_store
from fundusfm.errors import ConfigError


@dataclass(frozen=True)
class Photograph:
    """One original photograph.

    Attributes:
        name: What the user calls it: the path as given or as in the manifest.
        path: Where the file is.
        fov: Its field of view, where a store knows it already.
        columns: The row of the manifest, as text.
    """

    name: str
    path: Path
    fov: FOV | None = None
    columns: dict[str, str] = field(default_factory=dict)


def named_photographs(images: Sequence[str]) -> list[Photograph]:
    """Lists files; a folder stands for the image files in it, by name.

    Raises:
        ConfigError: A folder holds no image file.
    """
    photographs: list[Photograph] = []
    for image in images:
        path = Path(image)
        if not path.is_dir():
            photographs.append(Photograph(image, path))
            continue
        inside = sorted(file for file in path.iterdir() if file.suffix.lower() in SUFFIXES)
        if not inside:
            raise ConfigError(
                f"--images {image} is a folder without image files "
                f"({', '.join(sorted(SUFFIXES))}): give files, or the folder that holds them."
            )
        photographs += [Photograph(str(file), file) for file in inside]
    return photographs


def listed_photographs(source: str, *, select: str | None, limit: int) -> list[Photograph]:
    """Lists the photographs of a manifest (a file) or a store (a folder or URL).

    Args:
        source: `PATH` or `NAME=PATH`.
        select: Expression over its columns.
        limit: Return at most so many, the first ones.

    Raises:
        ManifestError, StoreError: It cannot be read.
        SelectError: The expression is wrong or keeps nothing.
    """
    _, location = split_name(source)
    if Path(location).is_file():
        manifest = read_manifest(source)
        rows = _kept(manifest.frame, select, str(manifest.path))[:limit]
        paths = manifest.image_paths()
        return [
            Photograph(str(manifest.frame["image"].iloc[row]), paths[row], columns=_columns(manifest.frame, row))
            for row in rows
        ]
    store = open_store(source)
    rows = _kept(store.frame, select, str(store.path))[:limit]
    return [
        Photograph(
            str(store.frame["image"].iloc[row]),
            Path(str(store.frame["source"].iloc[row])),
            store.crop(row).fov,
            _columns(store.frame, row),
        )
        for row in rows
    ]


def _kept(frame: pd.DataFrame, expression: str | None, where: str) -> list[int]:
    if expression is None:
        return list(range(len(frame)))
    return [row for row, kept in enumerate(select_rows(frame, expression, where=where)) if kept]


def _columns(frame: pd.DataFrame, row: int) -> dict[str, str]:
    return {str(column): str(value) for column, value in frame.iloc[row].items()}
