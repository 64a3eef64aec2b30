"""Frames become photographs that threads may share; every other file stays what it is."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from tests.dicom_files import SYNTAXES, dicom_bytes, dicom_dataset

from fundusfm.data.inputs.photograph import Decoder, Photograph
from fundusfm.data.inputs.unfold import unfold
from fundusfm.errors import DecodeError


@pytest.mark.parametrize("syntax", ["explicit", "rle", "jpeg-2000"])
def test_frames_in_order_whoever_decodes_them(syntax: str, photo: np.ndarray) -> None:
    frames = [np.roll(photo, shift, axis=0) for shift in range(6)]
    content = dicom_bytes(dicom_dataset(np.stack(frames), NumberOfFrames=6), SYNTAXES[syntax])
    photographs = unfold(Photograph("scan", content))
    assert [item.name for item in photographs] == ["scan", "scan#2", "scan#3", "scan#4", "scan#5", "scan#6"]
    assert {item.eye for item in photographs} == {"right"}
    with ThreadPoolExecutor(6) as pool:
        decoded = list(pool.map(lambda item: Decoder(item)(64), photographs))
    for frame, found in zip(frames, decoded, strict=True):
        assert np.array_equal(found.image, frame)


def test_other_files_and_refusals(photo: np.ndarray) -> None:
    picture = Photograph("a.jpg", b"\xff\xd8 whatever it is")
    assert unfold(picture) == [picture]
    with pytest.raises(DecodeError, match="claims 1,001 frames, more than the 1,000"):
        unfold(Photograph("a", dicom_bytes(dicom_dataset(photo[None], NumberOfFrames=1001))))
    with pytest.raises(DecodeError, match="without an image"):
        dataset = dicom_dataset(photo, Rows=None)
        del dataset.PixelData
        unfold(Photograph("a", dicom_bytes(dataset)))
