"""Workbooks are manifests."""

import datetime
from pathlib import Path

import openpyxl
import pytest

from fundusfm.data.manifest.table import read_manifest
from fundusfm.errors import ManifestError


def test_the_first_sheet_is_read_as_text(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in [
        ["image", "patient", "age", "seen", "visit", None],
        ["a.jpg", 7, 61.0, True, datetime.datetime(2024, 3, 1), None],
        ["b.jpg", "007", 60.5, None, None, None],
        [None] * 6,
    ]:
        sheet.append(row)
    book.create_sheet("other").append(["image"])
    book.save(tmp_path / "m.xlsx")
    assert read_manifest(str(tmp_path / "m.xlsx")).frame.to_dict("list") == {
        "image": ["a.jpg", "b.jpg"],
        "patient": ["7", "007"],
        "age": ["61", "60.5"],
        "seen": ["1", ""],
        "visit": ["2024-03-01", ""],
    }


@pytest.mark.parametrize("content", [b"", b"image\na.jpg\n", b"PK\x03\x04 cut"])
def test_what_is_no_workbook_is_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "m.xlsx").write_bytes(content)
    with pytest.raises(ManifestError, match="cannot be read as an Excel workbook"):
        read_manifest(str(tmp_path / "m.xlsx"))
