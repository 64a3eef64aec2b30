"""Finding a public data set's folders, tables and photographs, with errors that say what was expected.

Copies of the same set differ in the case of names and in one wrapping folder more or less, as archives are unpacked
in different ways; both are looked through, nothing else is guessed.
"""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from zipfile import BadZipFile

import pandas as pd

from fundusfm.data.decode.image import SUFFIXES
from fundusfm.errors import SourceError

ABSENT = "none"
"""In place of the path of a lesion's mask: the authors looked and there is no such lesion."""

_STRUCTURES = ("artery_vein", "arteries", "veins", "disc", "MA", "HE", "EX", "SE")


def need_folder(root: Path, *names: str) -> Path:
    """Returns the first of several alternative folders that exists under the root.

    Args:
        root: Where to look; also looked through one level deeper.
        names: Alternatives, each a path below the root such as `Training/images`; case does not matter.

    Raises:
        SourceError: None exists; names what was expected and what is there.
    """
    found = _find(root, names, folder=True)
    if found is None:
        raise SourceError(f"{root} has no folder {_listed(names)}; it holds {_content(root)}")
    return found


def need_file(root: Path, *names: str) -> Path:
    """Returns the first of several alternative files that exists under the root; like `need_folder`.

    Raises:
        SourceError: None exists; names what was expected and what is there.
    """
    found = _find(root, names, folder=False)
    if found is None:
        raise SourceError(f"{root} has no file {_listed(names)}; it holds {_content(root)}")
    return found


def find_folder(root: Path, *names: str) -> Path | None:
    """Returns the folder, or None where a part of the data set is not there, such as a test part."""
    return _find(root, names, folder=True)


def find_file(root: Path, *names: str) -> Path | None:
    """Returns the file, or None where a part of the data set is not there."""
    return _find(root, names, folder=False)


def photographs(folder: Path, *, recursive: bool = False) -> list[Path]:
    """Returns the image files of a folder, sorted by path, without hidden ones.

    Raises:
        SourceError: There is none.
    """
    paths = folder.rglob("*") if recursive else folder.glob("*")
    found = sorted(path for path in paths if _is_photograph(path) and not _hidden(path, folder))
    if not found:
        raise SourceError(f"{folder} holds no photograph (looked for {', '.join(sorted(SUFFIXES))})")
    return found


def by_stem(paths: Iterable[Path]) -> dict[str, Path]:
    """Returns file name without its suffix, in lower case -> path.

    Raises:
        SourceError: Two files have the same stem.
    """
    found: dict[str, Path] = {}
    for path in paths:
        stem = path.stem.lower()
        if stem in found:
            raise SourceError(f"{found[stem]} and {path} have the same name; keep one of them")
        found[stem] = path
    return found


def located(folder: Path, names: Iterable[str], *, suffix: str = ".jpg") -> list[str]:
    """Returns the absolute path of each named photograph in the folder.

    Args:
        folder: Where they are.
        names: File names from a table, with or without suffix; case does not matter.
        suffix: Suffix of the returned path where a photograph is missing and its name has none. The message about the
            missing file then names it as it is published.
    """
    present = by_stem(path for path in folder.glob("*") if _is_photograph(path))
    paths = []
    for name in names:
        bare = Path(name)
        stem = bare.stem if bare.suffix.lower() in SUFFIXES else bare.name
        fallback = bare.name if bare.suffix.lower() in SUFFIXES else bare.name + suffix
        paths.append(str((present.get(stem.lower()) or folder / fallback).absolute()))
    return paths


def paired(folder: Path | None, stems: Iterable[str], *, ending: str = "") -> list[str]:
    """Returns for each photograph the absolute path of the file that belongs to it, such as its mask.

    Args:
        folder: Where they are; None where the copy has no such folder.
        stems: The photographs' file names without suffix; case does not matter.
        ending: What their files' names have more, before the suffix, such as `_mask`.

    Returns:
        One path per photograph, the empty text where it has none.
    """
    files = {} if folder is None else by_stem(photographs(folder))
    found = [files.get((stem + ending).lower()) for stem in stems]
    return ["" if path is None else str(path.absolute()) for path in found]


def holds_paths(column: str, cells: Iterable[str]) -> bool:
    """Whether a column holds paths of image files: the photograph, or masks that belong to it.

    Args:
        column: Its name.
        cells: What stands in it; a column such as `disc` or `MA` may hold labels too.
    """
    if column in ("image", "vessels", "fov", "second_observer") or column.startswith("mask_"):
        return True
    return column in _STRUCTURES and any(Path(cell).suffix.lower() in SUFFIXES for cell in cells)


def read_table(
    path: Path,
    columns: Sequence[str] = (),
    *,
    also: Mapping[str, str] | None = None,
    sheet: int | str = 0,
    header: int = 0,
) -> pd.DataFrame:
    """Reads a CSV (comma, semicolon or tab) or Excel table as text, spaces around names and cells removed.

    Args:
        path: The table.
        columns: Columns it must have.
        also: What some copies call a column -> the name it gets.
        sheet: For Excel, which sheet.
        header: Which line, from 0, holds the names.

    Returns:
        Every cell as text, empty where unknown. Lines without any content are left out.

    Raises:
        SourceError: The file cannot be read, or lacks a column.
    """
    try:
        if path.suffix.lower() in (".xlsx", ".xls"):
            frame = pd.read_excel(path, sheet_name=sheet, header=header, dtype=str, keep_default_na=False)
        else:
            frame = _read_csv(path, header)
    except (ValueError, ImportError, OSError, KeyError, csv.Error, BadZipFile) as error:
        raise SourceError(f"{path} cannot be read as a table ({error})") from error
    names = [str(column).strip() for column in frame.columns]
    frame.columns = [(also or {}).get(name, name) for name in names]
    frame = frame.fillna("").map(lambda cell: str(cell).strip())
    missing = [column for column in columns if column not in frame.columns]
    if missing:
        raise SourceError(
            f"{path} has no column {_listed(missing)}; it has {', '.join(frame.columns)}, so it may be another version"
        )
    return frame[(frame != "").any(axis=1)].reset_index(drop=True)


def _read_csv(path: Path, header: int) -> pd.DataFrame:
    content = path.read_bytes()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:  # tables saved by Excel on Windows
        text = content.decode("cp1252")
    if "\0" in text:
        raise ValueError("it is no text")
    # Quotes settle which delimiter it is, then how many lines have as many cells as the first.
    rows = max(_parsed(text, header, strict=True), key=_regularity, default=[])
    if _regularity(rows) == (0, 0):
        rows = max(_parsed(text, header, strict=False), key=_regularity)
    if not rows:
        raise ValueError("it is empty")
    width = len(rows[0])
    # Some tables end every line with separators, others leave the last empty cells out.
    cells = [row[:width] + [""] * (width - len(row)) for row in rows[1:]]
    return pd.DataFrame(cells, columns=rows[0], dtype=object)


def _parsed(text: str, header: int, *, strict: bool) -> list[list[list[str]]]:
    """The table's lines from its header on, by each delimiter with which its quotes make sense."""
    tables = []
    for delimiter in ",;\t":
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=strict)
        try:
            tables.append([row for row in reader if any(cell.strip() for cell in row)][header:])
        except csv.Error:
            if not strict:
                raise
    return tables


def _regularity(rows: list[list[str]]) -> tuple[int, int]:
    width = len(rows[0]) if rows else 0
    return (sum(len(row) == width for row in rows), width) if width > 1 else (0, 0)


def _find(root: Path, names: Sequence[str], *, folder: bool) -> Path | None:
    if not root.is_dir():
        raise SourceError(f"There is no folder {root}; give the folder that the data set was unpacked to")
    wrapped = [path for path in sorted(root.iterdir()) if path.is_dir() and not _hidden(path, root)]
    for start in (root, *wrapped):
        for name in names:
            found = _walk(start, Path(name).parts, folder)
            if found is not None:
                return found
    return None


def _walk(start: Path, parts: Sequence[str], folder: bool) -> Path | None:
    """Follows the parts of a path, whatever the case of the names on disk."""
    if not parts:
        return start if start.is_dir() == folder else None
    if not start.is_dir():
        return None
    for path in sorted(start.iterdir()):
        if path.name.lower() == parts[0].lower():
            found = _walk(path, parts[1:], folder)
            if found is not None:
                return found
    return None


def _is_photograph(path: Path) -> bool:
    return path.suffix.lower() in SUFFIXES and not path.is_dir()


def _hidden(path: Path, root: Path) -> bool:
    return any(part.startswith(".") or part == "__MACOSX" for part in path.relative_to(root).parts)


def _listed(names: Sequence[str]) -> str:
    return " or ".join(f"`{name}`" for name in names)


def _content(root: Path) -> str:
    names = [path.name + ("/" if path.is_dir() else "") for path in sorted(root.iterdir())]
    more = f" and {len(names) - 8} more" if len(names) > 8 else ""
    return (", ".join(names[:8]) or "nothing") + more
