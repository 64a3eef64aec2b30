"""The manifest: the one input table, read strictly and as text.

Every cell stays the text that the file holds, but for the names of the two eyes, and an empty cell means *unknown*, so
no reader downstream can mistake a missing label for a 0 or a patient `007` for the number 7. Row numbers in messages
count the header as row 1, as a spreadsheet does: the row at position `i` of the frame is row `i + 2`.
"""

import csv
import difflib
import io
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import overload

import numpy as np
import pandas as pd

from fundusfm.data.manifest.columns import with_known_columns
from fundusfm.data.manifest.excel import read_excel
from fundusfm.data.manifest.missing import without_words
from fundusfm.data.manifest.near import is_windows_path
from fundusfm.errors import ManifestError
from fundusfm.parquet import read_parquet

FIRST_ROW = 2  # row number of the first photograph; the header is row 1

_DELIMITERS = (",", ";", "\t", "|")
_SEPARATOR_LINE = re.compile(r'"?sep=(.)"?', re.IGNORECASE)
_OTHER_FILES = {
    b"\xd0\xcf\x11\xe0": "an Excel workbook of the old kind (.xls); save it as .xlsx, or as 'CSV UTF-8'",
    b"\x1f\x8b": "compressed; unpack it (gunzip)",
    b"PK\x03\x04": "a zip archive or an Excel workbook; unpack it, or name it .xlsx",
}
"""First bytes of files that are taken for CSV because of their names."""

_PATH_LIKE_NAMES = ("path", "file", "filename", "file_name", "filepath", "image_path", "img", "photo", "image_id")
_TITLE_ROWS = 5
"""Rows among which the header is looked for where the first one is none."""


@dataclass(frozen=True)
class Manifest:
    """A manifest that has been read.

    Attributes:
        frame: One row per photograph, every column as text, an empty text where the cell is unknown; has `image`.
        path: The file it was read from.
        name: The data set's name.
        taken: For `image`, `patient` and `eye`, the column with another name that they were taken from, if any.
    """

    frame: pd.DataFrame
    path: Path
    name: str
    taken: dict[str, str] = field(default_factory=dict)

    def image_paths(self) -> Sequence[Path]:
        """The photographs' absolute paths; relative ones start at the manifest's folder, `\\` separates like `/`."""
        return _Paths(self.path.parent.absolute(), self.frame["image"].tolist())


class _Paths(Sequence[Path]):
    """Paths that are made when they are asked for: each takes half a kilobyte, and a manifest may have millions."""

    def __init__(self, root: Path, images: list[str]) -> None:
        self._root, self._images = root, images

    def __len__(self) -> int:
        return len(self._images)

    @overload
    def __getitem__(self, place: int) -> Path: ...
    @overload
    def __getitem__(self, place: slice) -> "_Paths": ...
    def __getitem__(self, place: int | slice) -> "Path | _Paths":
        if isinstance(place, slice):
            return _Paths(self._root, self._images[place])
        image = self._images[place]
        plain = image.replace("\\", "/")
        # A drive of Windows is no folder of the manifest's.
        return Path(plain) if is_windows_path(image) else self._root / plain


def split_name(source: str) -> tuple[str | None, str]:
    """Splits `NAME=PATH` into its two parts; the name is None where only a path was given."""
    match = re.fullmatch(r"([^=/\\:?]+)=(.+)", source)
    if match is None or Path(source).exists():
        return None, source
    return match[1].strip(), match[2]


def read_manifest(source: str, *, missing: Sequence[str] = ()) -> Manifest:
    """Reads a manifest from CSV (comma, semicolon, tab or `|`; UTF-8), Excel (.xlsx, the first sheet) or Parquet.

    Columns without a name, such as the index that pandas writes, are left out. Spaces around names and cells are
    removed. `Patient ID`, `MRN`, `subject` and the like are also read as `patient`, `Laterality` as `eye`, and `OD`
    and `OS` in it as `right` and `left`.

    Args:
        source: The file's path, or `NAME=PATH` to name the data set. Without a name it is the content of the `dataset`
            column where that is one and the same for all rows, else the name of the folder that holds the file.
        missing: Words that stand for an unknown value, such as `NA`; their cells are emptied.

    Raises:
        ManifestError: The file is missing, cannot be read, holds no row, or lacks the `image` column.
    """
    name, location = split_name(source)
    path = Path(location).expanduser()
    if path.is_dir():
        inside = path / "manifest.csv"
        hint = str(inside) if inside.exists() else "the CSV or Parquet file inside it"
        raise ManifestError(f"{path} is a folder, but a manifest is one file; give {hint}", code="MISSING")
    if not path.is_file():
        raise ManifestError(f"There is no manifest at {path}; check the path", code="MISSING")
    table = _read_parquet(path) if _is_parquet(path) else _read_rows(path)
    table, taken = with_known_columns(without_words(table, missing))
    if "image" not in table.columns:
        raise ManifestError(_no_image_column(path, list(table.columns)), code="COLUMN")
    if table.empty:
        raise ManifestError(f"{path} holds no rows, only a header; add one row per photograph", code="EMPTY")
    return Manifest(table, path, name or _name_of(table, path), taken)


def _name_of(table: pd.DataFrame, path: Path) -> str:
    if "dataset" in table.columns:
        names = table["dataset"].unique()
        if len(names) == 1 and names[0]:
            return str(names[0])
    own = path.resolve()
    return (own.parent.name if own.stem.casefold() == "manifest" else "") or own.stem


def _is_parquet(path: Path) -> bool:
    if path.suffix.lower() in (".parquet", ".pq"):
        return True
    with path.open("rb") as file:
        return file.read(4) == b"PAR1"


def _read_rows(path: Path) -> pd.DataFrame:
    """Reads CSV or Excel."""
    rows = read_excel(path) if path.suffix.lower() == ".xlsx" else _csv_rows(path)
    while rows and not any(rows[-1]):
        rows.pop()
    if not rows:
        raise ManifestError(
            f"{path} is empty; a manifest starts with a header that has an `image` column", code="EMPTY"
        )
    if not any(rows[0]):
        raise ManifestError(f"{path}, row 1: the row is blank; delete the rows above the header", code="ROW")
    if not _names_images(rows[0]):
        for number, row in enumerate(rows[1:_TITLE_ROWS], start=FIRST_ROW):
            if _names_images(row):
                raise ManifestError(
                    f"{path}: the header is in row {number}, not in row 1; delete a title that stands above the header",
                    code="ROW",
                )
    columns = _checked_columns(path, rows[0])
    for number, row in enumerate(rows[1:], start=FIRST_ROW):
        if not any(row):
            raise ManifestError(
                f"{path}, row {number}: the row is blank; delete it so that row numbers stay true", code="ROW"
            )
        if len(row) != len(columns):
            raise ManifestError(
                f"{path}, row {number}: {len(row)} cells, but the header has {len(columns)} columns; put a cell that "
                "holds the separator in double quotes, or add the missing cells",
                code="ROW",
            )
    kept = [place for place, column in enumerate(columns) if column]
    cells = [[row[place] for place in kept] for row in rows[1:]]
    return pd.DataFrame(cells, columns=[columns[place] for place in kept], dtype=object)


def _names_images(row: list[str]) -> bool:
    """Returns whether a row looks like a header, which names a column of paths."""
    return any(cell.lower() in ("image", *_PATH_LIKE_NAMES) for cell in row)


def _csv_rows(path: Path) -> list[list[str]]:
    text = _text_of(path)
    first, _, rest = text.lstrip("\r\n").partition("\n")
    said = _SEPARATOR_LINE.fullmatch(first.strip("\r"))
    if said is not None:  # Excel's own way of naming the separator; it does not count as a row
        text = rest
    header = text.lstrip("\r\n").split("\n", 1)[0]
    if not header.strip():
        raise ManifestError(
            f"{path} is empty; a manifest starts with a header that has an `image` column", code="EMPTY"
        )
    delimiter = said[1] if said is not None else _delimiter_of(header)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        return [[cell.strip() for cell in row] for row in reader]
    except csv.Error as error:
        raise ManifestError(
            f"{path}, line {reader.line_num}: not valid CSV ({error}); a cell that holds a quote, a separator or a "
            'line break must stand in double quotes, with every quote inside doubled ("")',
            code="FORMAT",
        ) from error


def _text_of(path: Path) -> str:
    content = path.read_bytes()
    for start, what in _OTHER_FILES.items():
        if content.startswith(start):
            raise ManifestError(f"{path} is {what}, and then give that file", code="FORMAT")
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16")
    try:
        text = content.decode("utf-8-sig").lstrip("\ufeff")  # some programs write the mark twice
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ManifestError(
            f"{path}, line {line}: byte 0x{content[error.start]:02x} is not UTF-8 text; save the table as 'CSV UTF-8', "
            f"or convert it: iconv -f WINDOWS-1252 -t UTF-8 {path.name}",
            code="ENCODING",
        ) from error
    if "\0" in text:
        raise ManifestError(f"{path} holds NUL bytes, so it is no CSV text; give a CSV or Parquet file", code="FORMAT")
    return text


def _delimiter_of(header: str) -> str:
    """The separator whose reading of the header has an `image` column, else the one that finds most columns."""

    def columns(delimiter: str) -> list[str]:
        return [cell.strip().strip('"').strip() for cell in header.split(delimiter)]

    with_image = [delimiter for delimiter in _DELIMITERS if "image" in columns(delimiter)]
    return with_image[0] if with_image else max(_DELIMITERS, key=lambda delimiter: len(columns(delimiter)))


def _checked_columns(path: Path, columns: list[str]) -> list[str]:
    repeated = [name for name, count in Counter(columns).items() if count > 1 and name]
    if repeated:
        raise ManifestError(
            f"{path}: the header names {_listed(repeated)} more than once; give every column its own name",
            code="DUPLICATE",
        )
    return columns


def _read_parquet(path: Path) -> pd.DataFrame:
    try:
        table = read_parquet(path)
    except (OSError, ValueError) as error:
        raise ManifestError(f"{path} cannot be read as Parquet ({error}); write it again", code="FORMAT") from error
    columns = _checked_columns(path, [str(name).strip() for name in table.columns])
    texts: dict[str, list[str]] = {}
    for place, name in enumerate(columns):
        if name and not name.startswith("__index_level_"):
            texts[name] = [_as_text(path, name, cell) for cell in table.iloc[:, place]]
    return pd.DataFrame(texts, dtype=object)


def _as_text(path: Path, name: str, cell: object) -> str:
    if isinstance(cell, list | dict | bytes | bytearray | np.ndarray):
        raise ManifestError(
            f"{path}, column `{name}`: holds {type(cell).__name__}, but a manifest holds text and numbers; drop the "
            "column",
            code="FORMAT",
        )
    if pd.isna(cell):  # type: ignore[call-overload]
        return ""
    if isinstance(cell, bool | np.bool_):
        return str(int(cell))  # labels are 0/1 everywhere
    if isinstance(cell, float | np.floating):
        return np.format_float_positional(cell, trim="-")  # 7.0 is patient 7
    return str(cell).strip()


def _no_image_column(path: Path, columns: list[str]) -> str:
    lowered = {column.lower(): column for column in columns}
    # `age` is close to `image` in letters only.
    close = difflib.get_close_matches("image", lowered, n=1, cutoff=0.8)
    likely = [name for name in _PATH_LIKE_NAMES if name in lowered] or close
    fix = (
        f"rename `{lowered[likely[0]]}` to `image`" if likely else "name the column that holds the files' paths `image`"
    )
    if path.suffix.lower() == ".xlsx":
        fix += "; only the first sheet is read"
    elif len(columns) == 1:
        fix += "; delete a title that stands above the header"
    return f"{path} has no `image` column (it has {_listed(columns)}); {fix}"


def _listed(names: list[str]) -> str:
    shown = ", ".join(f"`{name}`" for name in names[:12])
    return shown + (f" and {len(names) - 12} more" if len(names) > 12 else "")
