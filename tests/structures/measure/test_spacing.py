"""Pixel Spacing of DICOM files."""

from pathlib import Path

import pytest
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, OphthalmicPhotography8BitImageStorage

from fundusfm.structures.measure.spacing import spacing_of


@pytest.mark.parametrize(
    ("spacing", "expected"), [([0.006, 0.006], 6.0), ([0.006, 0.012], None), ([0, 0], None), (None, None)]
)
def test_spacing_is_read_in_micrometres(spacing: list[float] | None, expected: float | None, tmp_path: Path) -> None:
    dataset = Dataset()
    dataset.SOPClassUID, dataset.SOPInstanceUID = OphthalmicPhotography8BitImageStorage, "1.2.3"
    if spacing:
        dataset.PixelSpacing = spacing
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    path = tmp_path / "a.dcm"
    dataset.save_as(path, enforce_file_format=True)
    assert spacing_of(path) == (None if expected is None else pytest.approx(expected))


def test_other_files_state_none(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(b"\x89PNG")
    assert spacing_of(path) is None
