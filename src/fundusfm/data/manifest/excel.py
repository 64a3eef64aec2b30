"""Excel's .xlsx as rows of text."""

import datetime
from pathlib import Path
from typing import Any

from fundusfm.errors import ManifestError

_EXACT = 10**15
"""Excel keeps 15 digits of a number."""


def read_excel(path: Path) -> list[list[str]]:
    """Reads the first sheet of a workbook; formulas count with the value that was saved.

    Returns:
        All rows, the header first, as text: whole numbers without decimals, dates as YYYY-MM-DD, truth values as 1
        and 0, empty cells as empty text.

    Raises:
        ManifestError: The file is damaged, or no workbook.
    """
    import zipfile

    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        book = load_workbook(path, read_only=True, data_only=True)
        try:
            sheet = book.worksheets[0]
            return [[_text(cell) for cell in row] for row in sheet.iter_rows(values_only=True)]
        finally:
            book.close()
    except (InvalidFileException, zipfile.BadZipFile, KeyError, IndexError, ValueError, OSError) as error:
        raise ManifestError(
            f"{path} cannot be read as an Excel workbook ({error}): save it again as .xlsx, or as 'CSV UTF-8'",
            code="FORMAT",
        ) from error


def _text(cell: Any) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return str(int(cell))
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < _EXACT:
        return str(int(cell))
    if isinstance(cell, datetime.datetime) and cell.time() == datetime.time():
        return cell.date().isoformat()
    return str(cell).strip()
