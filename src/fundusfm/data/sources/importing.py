"""The work of `fundusfm data import`."""

import os
from pathlib import Path

import pandas as pd

from fundusfm.data.sources.harmonise import harmonise
from fundusfm.data.sources.registry import load_source
from fundusfm.data.sources.source import Source
from fundusfm.errors import SourceError
from fundusfm.runs import write_atomic

_FIRST = ("image", "dataset", "patient", "eye", "age", "sex", "part", "quality", "vessels", "fov")
_PATHS = ("image", "vessels", "fov", "second_observer")
_MOST_NAMED = 3


def run_import(*, name: str, root: str, out: str, partial: bool, overwrite: bool) -> None:
    """Runs the command; arguments and errors as for `fundusfm.data.sources.commands.import_source`."""
    source, target = load_source(name), Path(out)
    if target.exists() and not overwrite:
        raise SourceError(f"{target} exists already; choose another --out, or replace it with --overwrite")
    frame = source.read(Path(root).expanduser())
    differences = source.validate(frame)
    frame, missing = _without_missing(frame, source, root, partial)
    frame.insert(1, "dataset", source.name)
    frame = harmonise(frame, source.name)
    for column in (column for column in frame.columns if column in _PATHS or column.startswith("mask_")):
        frame[column] = [_relative(path, target) for path in frame[column]]
    first = [column for column in _FIRST if column in frame.columns]
    frame = frame[[*first, *(column for column in frame.columns if column not in first)]]
    target.parent.mkdir(parents=True, exist_ok=True)
    write_atomic(target, frame.to_csv(index=False, lineterminator="\n"))
    print(f"{target}: {len(frame)} photographs of {source.title}")
    for line in [*missing, *differences, *(f"known fault: {fault}" for fault in source.faults)]:
        print(f"  {line}")
    print(f"  licence: {source.licence}\n  cite: {source.citation}\nNext: fundusfm data check {target}")


def _without_missing(
    frame: pd.DataFrame, source: Source, root: str, partial: bool
) -> tuple[pd.DataFrame, list[str]]:
    """Leaves out rows whose photograph is not there, which has to be asked for."""
    there = frame["image"].map(lambda path: Path(path).is_file())
    if there.all():
        return frame, []
    gone = frame["image"][~there]
    names = ", ".join(os.path.relpath(path, root) for path in gone[:_MOST_NAMED])
    sentence = f"{len(gone)} of {len(frame)} photographs that {source.title} lists are missing, such as {names}"
    if not partial or not there.any():
        raise SourceError(
            f"{sentence}. Get them from {source.where}, or leave them out with --partial. Expected:\n{source.layout}"
        )
    return frame[there].reset_index(drop=True), [f"{sentence}; they are left out"]


def _relative(path: str, manifest: Path) -> str:
    """The path relative to the manifest's folder, with `/`; absolute where they are on two Windows drives."""
    if not path:
        return ""
    try:
        return Path(os.path.relpath(path, manifest.parent.absolute())).as_posix()
    except ValueError:
        return path
