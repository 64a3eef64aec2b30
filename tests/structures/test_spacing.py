"""Pixel Spacing of DICOM files."""

from pathlib import Path

import pytest
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, OphthalmicPhotography8BitImageStorage

from fundusfm.data.inputs.photograph import Photograph
from fundusfm.errors import ManifestError
from fundusfm.structures.spacing import scale_of_cell, spacing_of, spacing_of_photograph


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
    wanted = None if expected is None else pytest.approx(expected)
    assert spacing_of(path) == wanted
    assert spacing_of_photograph(Photograph("a.dcm", path.read_bytes())) == wanted
    assert spacing_of_photograph(Photograph("a.dcm", dataset=dataset)) == wanted


def test_other_files_state_none(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(b"\x89PNG")
    assert spacing_of(path) is None
    assert spacing_of_photograph(Photograph("a.png", path.read_bytes())) is None


def test_a_cell_is_empty_or_a_number_above_0() -> None:
    assert (scale_of_cell("", "row 2"), scale_of_cell("6.5", "row 2")) == (None, 6.5)
    for cell in ("0", "nan", "about 6"):
        with pytest.raises(ManifestError, match=r"row 2.*`microns_per_pixel`"):
            scale_of_cell(cell, "row 2")
