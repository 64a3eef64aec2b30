"""Any set that names its photographs in one table."""

from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from fundusfm.data.decode.image import SUFFIXES
from fundusfm.data.manifest.table import FIRST_ROW
from fundusfm.data.sources.files import holds_paths, photographs, read_table
from fundusfm.data.sources.source import PublicSet
from fundusfm.errors import SourceError

_TABLES = (".csv", ".tsv", ".xlsx", ".xls")
_NAMES = (
    *("image", "image_path", "path", "filepath", "file_path", "filename", "file_name", "file", "image_name"),
    *("image_id", "id_code", "img", "photo", "id"),
)


def _read(root: Path) -> pd.DataFrame:
    path = root if root.is_file() else _only_table(root)
    table = read_table(path)
    table = table[[column for column in table.columns if column]]  # without the nameless index that pandas writes
    repeated = sorted(set(table.columns[table.columns.duplicated()]))
    if repeated:
        raise SourceError(f"{path} has more than one column {', '.join(repeated)}; rename all but one")
    files = _Files(root if root.is_dir() else root.parent)
    column = _image_column(table, files, path)
    images = files.locate(table[column], path)
    empty = [FIRST_ROW + row for row, image in enumerate(images) if not image]
    if empty:
        raise SourceError(f"{path}, row {empty[0]}: column `{column}` names no photograph; fill it in, or drop the row")
    table = table.drop(columns=column).rename(columns={"image": "image_original"})
    for mask in [name for name in table.columns if holds_paths(name, table[name])]:
        table[mask] = files.locate(table[mask], path)
    table.insert(0, "image", images)
    return table


def _only_table(root: Path) -> Path:
    if not root.is_dir():
        raise SourceError(f"There is no {root}; give the table, or the folder that holds it")
    tables = [path for path in sorted(root.iterdir()) if path.suffix.lower() in _TABLES and path.name[0] != "."]
    if len(tables) != 1:
        found = ", ".join(path.name for path in tables) or "none"
        raise SourceError(
            f"{root} should hold one table ({', '.join(_TABLES)}), but it holds {found}; give the table itself"
        )
    return tables[0]


class _Files:
    """The photographs and masks below a folder, found by the ends of their paths, whatever their suffix and case."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._by_stem: defaultdict[str, list[Path]] = defaultdict(list)
        for path in photographs(folder, recursive=True):
            self._by_stem[path.stem.lower()].append(path)

    def find(self, cell: str) -> list[Path]:
        """Returns the files that a cell may mean: `a1`, `a1.png`, `images/a1.png`, or an absolute path."""
        if Path(cell).is_absolute():
            return [Path(cell)] if Path(cell).is_file() else []
        wanted = Path(cell.replace("\\", "/").lower())
        named = wanted.suffix in SUFFIXES
        folders = wanted.parts[:-1]
        found = [
            path
            for path in self._by_stem.get(wanted.stem if named else wanted.name, [])
            if folders == tuple(part.lower() for part in path.parts[-1 - len(folders) : -1])
        ]
        return [path for path in found if path.suffix.lower() == wanted.suffix] or found

    def locate(self, cells: Iterable[str], table: Path) -> list[str]:
        """Returns the absolute path per cell: a missing one below the folder, an empty one where nothing is named."""
        paths = []
        for row, cell in enumerate(cells, FIRST_ROW):
            found = self.find(cell) if cell else []
            if len(found) > 1:
                raise SourceError(
                    f"{table}, row {row}: `{cell}` may be {found[0]} or {found[1]}; write the folder into the table"
                )
            paths.append(str((found[0] if found else self.folder / cell).absolute()) if cell else "")
        return paths


def _image_column(table: pd.DataFrame, files: _Files, path: Path) -> str:
    """Returns the first column with a usual name whose cells mostly name files, else the one that names the most."""
    counts = {
        column: sum(bool(cell and files.find(cell)) for cell in table[column])
        for column in table.columns
        if column == "image" or not holds_paths(column, table[column])
    }
    usual = {column.lower().replace(" ", "_"): column for column in counts}
    for name in _NAMES:
        if name in usual and 2 * counts[usual[name]] > len(table):
            return usual[name]
    most = max(counts.values(), default=0)
    best = [column for column, count in counts.items() if count == most]
    if most == 0:
        raise SourceError(
            f"No column of {path} names files below {files.folder}, with or without suffix; "
            f"tried {', '.join(counts) or 'none'}"
        )
    if len(best) > 1:
        raise SourceError(f"{path} names files in {' and '.join(best)}; rename the photographs' column to `image`")
    return best[0]


SOURCE = PublicSet(
    name="csv",
    title="table",
    about=(
        "Any set that names its photographs in one CSV or Excel table: FOLDER is the table, or a folder that holds one "
        "table. The column with the photographs is found by its name or by its content, with or without folders and "
        "suffixes; all other columns are kept. Which value is normal is never guessed, so no harmonised label such as "
        "`abnormal` is made: name your own columns with --labels, or comparisons such as `--labels 'dr_grade>=2'`."
    ),
    where="your own data",
    licence="that of the set",
    citation="that of the set",
    layout="""
        table.csv                         or .tsv, .xlsx; one row per photograph
        any/depth/photograph.jpg          as the table names it
    """,
    labels={},
    read=_read,
)
