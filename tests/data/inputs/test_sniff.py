"""The beginning of a file tells enough to list its photographs, whatever the file is."""

import builtins
from io import BytesIO
from typing import Any

import numpy as np
import pytest
from tests.dicom_files import SYNTAXES, dicom_bytes, dicom_dataset

from fundusfm.data.inputs.sniff import Seen, look


class Counted(BytesIO):
    """Counts what is read."""

    count = 0

    def read(self, size: int | None = -1, /) -> bytes:
        content = super().read(size)
        self.count += len(content)
        return content


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_headers_of_every_transfer_syntax(syntax: str, photo: np.ndarray) -> None:
    dataset = dicom_dataset(np.stack([photo] * 3), NumberOfFrames=3, PatientID="7")
    content = dicom_bytes(dataset, SYNTAXES[syntax])
    file = Counted(content)
    assert look(file) == Seen(
        is_dicom=True, frames=3, columns={"patient": "7", "eye": "right", "visit": dataset.StudyInstanceUID}
    )
    if syntax != "deflated":
        assert file.count < len(content) / 4


def test_a_class_that_cannot_be_read_is_no_report(photo: np.ndarray) -> None:
    content = dicom_bytes(dicom_dataset(photo, Rows=None)).replace(b"\x08\0\x16\0UI", b"\x08\0\x16\0WI")
    assert look(BytesIO(content)).has_image


@pytest.mark.parametrize("content", [b"", b"\xff\xd8", b"\0" * 132, b"x" * 1000])
def test_other_files_are_looked_at_once(content: bytes) -> None:
    assert look(BytesIO(content)) == Seen()


def test_without_pydicom_the_file_stays_on_the_list(monkeypatch: pytest.MonkeyPatch, photo: np.ndarray) -> None:
    original = builtins.__import__

    def without_pydicom(name: str, *args: Any, **kwargs: Any) -> Any:
        if name.split(".")[0] == "pydicom":
            raise ImportError(name)
        return original(name, *args, **kwargs)

    content = dicom_bytes(dicom_dataset(photo))
    monkeypatch.setattr(builtins, "__import__", without_pydicom)
    assert look(BytesIO(content)) == Seen(is_dicom=True)
