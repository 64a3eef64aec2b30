"""Faults of files: one for each that cannot be read, one for all that are wrong in the same way."""

from pathlib import Path

import pandas as pd

from fundusfm.data.manifest.files import file_faults
from fundusfm.data.manifest.table import Manifest
from fundusfm.errors import DecodeError


def test_faults_by_what_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    for name in ("a.jpg", "b.jpg", "broken.jpg"):
        (tmp_path / "images" / name).write_bytes(b"x")
    cells = ["images/a", "images/broken.jpg", "nowhere.jpg", "images/b", "", "images/broken.jpg#2"]
    frame = pd.DataFrame({"image": cells}, dtype=object)
    manifest = Manifest(frame, tmp_path / "m.csv", "x")
    errors = [DecodeError(f"{cell} is bad") for cell in cells]
    found = {(fault.kind, fault.rows): fault.message for fault in file_faults(manifest, manifest.image_paths(), errors)}
    assert set(found) == {
        ("unreadable_file", (3,)),
        ("missing_file", (4,)),
        ("unreadable_file", (7,)),
        ("missing_file", (2, 5)),
    }
    assert found["missing_file", (2, 5)] == (
        "2 files do not exist: the suffix is missing, such as images/a, where images/a.jpg exists"
    )
