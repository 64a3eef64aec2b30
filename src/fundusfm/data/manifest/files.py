"""Faults of the files that a manifest names: those that cannot be read, and missing ones with where they may be."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pandas as pd

from fundusfm.data.decode.image import split_frame
from fundusfm.data.dicom.laterality import Side
from fundusfm.data.inputs.doubts import doubts_text
from fundusfm.data.manifest.fault import Fault, rows_of
from fundusfm.data.manifest.fingerprint import Fingerprint
from fundusfm.data.manifest.labels import column_text
from fundusfm.data.manifest.near import likely_path
from fundusfm.data.manifest.table import Manifest
from fundusfm.errors import DecodeError


def file_faults(
    manifest: Manifest, paths: Sequence[Path], found: Sequence[Fingerprint | DecodeError]
) -> Iterator[Fault]:
    """Yields the faults of a manifest's files; one for all rows whose paths are wrong in the same way.

    Args:
        manifest: The manifest.
        paths: Path of each row's file.
        found: The fingerprint of each file, or the reason why it cannot be read.
    """
    cells = column_text(manifest.frame, "image")
    root = manifest.path.parent.absolute()
    near: dict[str, list[tuple[int, str]]] = {}
    for place, result in enumerate(found):
        if not isinstance(result, DecodeError) or not cells.iloc[place]:
            continue
        rows = rows_of(manifest.frame, [place])
        if _exists(paths[place]):
            yield Fault("unreadable_file", rows, "image", str(result), "replace the file, or remove the row")
        elif guess := likely_path(root, cells.iloc[place]):
            near.setdefault(guess[0], []).append((place, guess[1]))
        else:
            fix = "correct the path (it is relative to the manifest), or remove the row"
            yield Fault("missing_file", rows, "image", str(result), fix)
    for what, places in near.items():
        first, instead = places[0]
        count = f"{len(places)} files do" if len(places) > 1 else "the file does"
        yield Fault(
            "missing_file",
            rows_of(manifest.frame, [place for place, _ in places]),
            "image",
            f"{count} not exist: {what}, such as {cells.iloc[first]}, where {instead} exists",
            "correct the paths as the message says",
        )


def _exists(path: Path) -> bool:
    try:
        return Path(split_frame(str(path))[0]).exists()
    except (OSError, ValueError):  # a name that is too long for this file system
        return False


def eye_doubts(frame: pd.DataFrame, sides: Sequence[Side]) -> Iterator[Fault]:
    """Yields the photographs whose header contradicts the column `eye`, or itself where that column is empty.

    Args:
        frame: The manifest's rows.
        sides: The eye that each row's header names.
    """
    eyes = column_text(frame, "eye") if "eye" in frame else pd.Series("", index=frame.index)
    said = [side.against(eye if eye in ("left", "right") else "") for side, eye in zip(sides, eyes, strict=True)]
    places = [place for place, text in enumerate(said) if text]
    if places:
        cells = column_text(frame, "image")
        yield Fault(
            "eye_in_doubt",
            rows_of(frame, places),
            "eye",
            doubts_text((cells.iloc[place], said[place]) for place in places),
            "find out which eye it is, and write it into the column `eye`",
        )


def unnamed_photographs(frame: pd.DataFrame, paths: Sequence[Path], counts: Sequence[int]) -> Iterator[Fault]:
    """Yields the files that hold more photographs than the manifest names.

    Args:
        frame: The manifest's rows.
        paths: Path of each row's file.
        counts: How many photographs the file of each row holds; 0 where it cannot be read.
    """
    first: dict[str, tuple[int, int]] = {}
    for place, count in enumerate(counts):
        if count > 1:
            first.setdefault(split_frame(str(paths[place]))[0], (place, count))
    if not first:
        return
    named: dict[str, set[int]] = {file: set() for file in first}
    for path in paths:
        file, number = split_frame(str(path))
        if file in named:
            named[file].add(number)
    cells = column_text(frame, "image")
    for file, (place, count) in first.items():
        left = sorted(set(range(1, count + 1)) - named[file])
        if left:
            name = split_frame(cells.iloc[place])[0]
            yield Fault(
                "unnamed_photographs",
                rows_of(frame, [place]),
                "image",
                f"{name} holds {count} photographs, of which {len(left)} have no row",
                f"add rows for them, such as {name}#{left[-1]}",
            )
