"""The work of `fundusfm data import`."""

import os
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import pandas as pd

from fundusfm.config.data import ImportSourceConfig
from fundusfm.data.sources.files import ABSENT, holds_paths
from fundusfm.data.sources.harmonise import harmonise
from fundusfm.data.sources.registry import LAYOUTS, load_source
from fundusfm.data.sources.source import PublicSet
from fundusfm.errors import SourceError
from fundusfm.runs import make_parent, write_atomic

_FIRST = (
    "image",
    "dataset",
    "patient",
    "eye",
    "age",
    "sex",
    "part",
    "quality",
    "vessels",
    "artery_vein",
    "disc",
    "fov",
)
_MOST_NAMED = 3


def run_import(config: ImportSourceConfig) -> Path:
    """Runs the command; see `fundusfm.commands` for results and errors."""
    source, folder, target = (
        load_source(config.name),
        Path(config.root).expanduser().absolute(),
        Path(config.out).expanduser(),
    )
    if not folder.exists():
        raise SourceError(f"There is no {folder}; give the folder that {source.title} was unpacked to")
    _refuse_target(target, folder, config.overwrite)
    frame = source.read(folder)
    if frame.empty:
        raise SourceError(f"{source.title}: the tables in {folder} list no photograph")
    notes = source.validate(frame)
    frame, missing = _without_missing(frame, source, folder, config.partial)
    # A layout is no data set: its name would make patients of different sets one.
    own = (folder.parent if folder.is_file() else folder).name if config.name in LAYOUTS else ""
    if "dataset" not in frame.columns:
        frame.insert(1, "dataset", own or source.name)
    frame = harmonise(frame, source.name)
    masks = [column for column in frame.columns if holds_paths(column, frame[column]) and column != "image"]
    counts = {column: int((frame[column] != "").sum()) for column in masks}
    notes += [f"{column}: {count} of {len(frame)} have one" for column, count in counts.items() if count != len(frame)]
    for column in ("image", *masks):
        frame[column] = _relative(frame[column], target)
    first = [column for column in _FIRST if column in frame.columns]
    frame = frame[[*first, *(column for column in frame.columns if column not in first)]]
    try:
        make_parent(target)
        write_atomic(target, frame.to_csv(index=False, lineterminator="\n"))
    except OSError as error:
        raise SourceError(f"{target} cannot be written ({error.strerror}); choose another --out") from error
    print(f"{target}: {len(frame)} photographs of {own or source.title}")
    for line in [*missing, *notes, *(f"known fault: {fault}" for fault in source.faults)]:
        print(f"  {line}")
    if not own:
        print(f"  licence: {source.licence}\n  cite: {source.citation}")
    print(f"Next: fundusfm data check {target} --labels {'abnormal' if 'abnormal' in frame.columns else 'COLUMN'}")
    return target


def _refuse_target(target: Path, root: Path, overwrite: bool) -> None:
    if target.suffix.lower() != ".csv":
        raise SourceError(f"--out {target} should be a file that ends in .csv, such as {target / 'manifest.csv'}")
    if target.is_dir():
        raise SourceError(f"{target} is a folder; choose another --out")
    if target.exists() and target.samefile(root):
        raise SourceError(f"{target} is the table to import; choose another --out")
    if target.exists() and not overwrite:
        raise SourceError(f"{target} exists already; choose another --out, or replace it with --overwrite")


def _without_missing(
    frame: pd.DataFrame, source: PublicSet, root: Path, partial: bool
) -> tuple[pd.DataFrame, list[str]]:
    """Leaves out rows whose photograph, and empties cells whose mask, is not there; this has to be asked for."""
    there = frame["image"].map(lambda path: Path(path).is_file())
    sentences = []
    if not there.all():
        sentences.append(_sentence(frame["image"][~there], len(frame), "photographs", source, root))
    frame = frame[there].reset_index(drop=True)
    for column in (column for column in frame.columns if holds_paths(column, frame[column]) and column != "image"):
        gone = frame[column].map(lambda path: path not in ("", ABSENT) and not Path(path).is_file())
        if gone.any():
            known = int((frame[column] != "").sum())
            sentences.append(_sentence(frame[column][gone], known, f"`{column}` files", source, root))
            frame[column] = frame[column].where(~gone, "")
    if sentences and (not partial or frame.empty):
        raise SourceError(
            f"{'. '.join(sentences)}. Get them from {source.where}, or leave them out with --partial. "
            f"Expected: {'; '.join(' '.join(line.split()) for line in source.layout.strip().splitlines())}"
        )
    return frame, [f"{sentence}; they are left out" for sentence in sentences]


def _sentence(gone: "pd.Series[str]", total: int, what: str, source: PublicSet, root: Path) -> str:
    start = root.parent if root.is_file() else root
    names = ", ".join(os.path.relpath(path, start) for path in list(dict.fromkeys(gone))[:_MOST_NAMED])
    return f"{len(gone)} of {total} {what} that {source.title} lists are missing, such as {names}"


def _relative(paths: Iterable[str], manifest: Path) -> list[str]:
    """The paths relative to the manifest's folder, with `/`; absolute where they are on two Windows drives."""
    real = cache(os.path.realpath)  # `..` steps out of where a symbolic link points to, not out of the link
    relative = []
    for path in paths:
        folder, name = os.path.split(path)
        try:
            start = os.path.relpath(real(folder), real(str(manifest.parent)))
            relative.append(Path(start, name).as_posix() if path not in ("", ABSENT) else path)
        except ValueError:
            relative.append(path)
    return relative
