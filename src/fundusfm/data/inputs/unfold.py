"""A file as the photographs that it holds: every frame of DICOM and every page of TIFF, MPO, GIF or WebP is one."""

from dataclasses import replace
from io import BytesIO
from typing import TYPE_CHECKING

from fundusfm.data.dicom.dataset import DAMAGE, MOST_BYTES, is_dicom, read_dataset
from fundusfm.data.dicom.frames import check_image
from fundusfm.data.dicom.header import read_header
from fundusfm.data.dicom.laterality import sides_of
from fundusfm.data.inputs.photograph import Photograph, frame_name
from fundusfm.data.inputs.sniff import sniff

if TYPE_CHECKING:
    from pydicom.dataset import Dataset


def unfold(photograph: Photograph, *, most_bytes: int = MOST_BYTES) -> list[Photograph]:
    """Reads the header of a file; nothing is decoded.

    Args:
        photograph: A file's content.
        most_bytes: That a deflated DICOM file may unpack to.

    Returns:
        A photograph per frame or page, in order, with the eye that a header names without contradiction. They share the
        file as it was read, and may be decoded by several threads.

    Raises:
        DecodeError: The DICOM file is damaged, holds no photograph, or claims too many pixels or frames.
    """
    if not is_dicom(photograph.content):
        seen = sniff(BytesIO(photograph.content), photograph.name)
        return [
            replace(
                photograph,
                name=frame_name(photograph.name, number),
                frame=number,
                eye=seen.side(number).eye,
                eye_doubt=seen.side(number).doubt,
                patient=seen.columns.get("patient", ""),
            )
            for number in range(1, seen.frames + 1)
        ]
    dataset = read_dataset(photograph.content, photograph.name, most_bytes=most_bytes)
    check_image(dataset, photograph.name)
    _convert_values(dataset)
    sides = sides_of(dataset, read_header(dataset).frames, photograph.name)
    return [
        Photograph(
            frame_name(photograph.name, number), dataset=dataset, frame=number, eye=side.eye, eye_doubt=side.doubt
        )
        for number, side in enumerate(sides, start=1)
    ]


def _convert_values(dataset: "Dataset") -> None:
    """Converts every value now: pydicom does so at the first look, which changes the dataset under other threads."""
    for tag in list(dataset.keys()):
        try:
            element = dataset[tag]
        except DAMAGE:  # whoever needs it says so
            continue
        if element.VR == "SQ":
            for item in element.value:
                _convert_values(item)
