"""The pixels of one frame of a DICOM image as 8-bit RGB, whatever its transfer syntax and photometric interpretation.

The order is that of PS3.3 C.11: Modality LUT or rescale, then VOI LUT or window, then polarity. Colour goes through the
palette or the YBR matrix that the header names.
"""

import warnings
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from fundusfm.data.decode.jpeg import check_jpeg
from fundusfm.data.decode.pixels import MOST_PIXELS, full_scale, scaled
from fundusfm.data.dicom.codestream import codestream_size
from fundusfm.data.dicom.dataset import DAMAGE
from fundusfm.data.dicom.header import read_header
from fundusfm.errors import DecodeError, MissingExtraError

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

_PDF = "1.2.840.10008.5.1.4.1.1.104.1"
_GREY = ("MONOCHROME1", "MONOCHROME2")
_COLOUR = ("RGB", "YBR_FULL", "YBR_FULL_422", "YBR_ICT", "YBR_RCT", "YBR_PARTIAL_420", "YBR_PARTIAL_422")
_INTERPRETATIONS = (*_GREY, "PALETTE COLOR", *_COLOUR)
MOST_FRAMES = 1000
"""Angiographies have some hundred; a header that claims more is damaged or hostile, as each frame becomes a row."""


def check_image(dataset: "Dataset", name: str) -> None:
    """Refuses what holds no photograph, from the header alone.

    Args:
        dataset: DICOM dataset.
        name: What to call it in messages.

    Raises:
        DecodeError: It is an encapsulated document or a report, its pixels are missing, or its size is unreasonable.
    """
    header = read_header(dataset)
    if header.sop_class == _PDF or "EncapsulatedDocument" in dataset:
        raise DecodeError(
            f"{name} is a DICOM file with an encapsulated document (such as a PDF), not an image: "
            "export the photograph itself."
        )
    if "PixelData" not in dataset:
        if "Rows" in dataset:
            raise DecodeError(
                f"{name} (DICOM) has no pixel data although it describes an image: it is truncated, or "
                "a header without pixels. Export it again."
            )
        raise DecodeError(f"{name} is a DICOM file without an image (SOP class {header.sop_class or 'not stated'}).")
    try:
        rows, columns = int(dataset.Rows), int(dataset.Columns)
        samples = int(dataset.SamplesPerPixel)
        allocated = int(dataset.BitsAllocated)
        interpretation = str(dataset.PhotometricInterpretation)
    except DAMAGE:
        raise DecodeError(
            f"{name} (DICOM) lacks Rows, Columns, SamplesPerPixel, BitsAllocated or "
            "PhotometricInterpretation: export it again."
        ) from None
    if rows < 1 or columns < 1:
        raise DecodeError(f"{name} (DICOM) claims {columns} x {rows} pixels: export it again.")
    if rows * columns > MOST_PIXELS:
        raise DecodeError(
            f"{name} (DICOM) claims {columns} x {rows} pixels, more than the {MOST_PIXELS:,} that a "
            "photograph may have: export it smaller."
        )
    if header.frames > MOST_FRAMES:
        raise DecodeError(
            f"{name} (DICOM) claims {header.frames:,} frames, more than the {MOST_FRAMES:,} that a file "
            "may have: export it again."
        )
    if samples not in (1, 3) or allocated not in (8, 16) or interpretation not in _INTERPRETATIONS:
        raise DecodeError(
            f"{name} (DICOM) has {samples} samples of {allocated} bits as "
            f"{interpretation[:20]!r}; expected 1 or 3 samples of 8 or 16 bits as "
            f"{', '.join(_INTERPRETATIONS)}."
        )
    if header.frames > 1 and header.frames > (held := _most_frames(dataset, header.frames)):
        raise DecodeError(
            f"{name} (DICOM) claims {header.frames:,} frames, but its pixel data hold {held} at most: it "
            "is truncated or damaged. Export it again."
        )


def warm_up() -> None:
    """Imports what decoding takes, so that no photograph waits for it; does nothing where pydicom is not installed."""
    if find_spec("pydicom") is not None:
        for module in ("pydicom.encaps", "pydicom.pixels.decoders"):  # the latter imports its plugins' libraries
            import_module(module)


def frame_rgb(dataset: "Dataset", number: int, name: str) -> NDArray[np.uint8]:
    """Decodes one frame.

    Args:
        dataset: Checked by `check_image`.
        number: Index of the frame, from 0.
        name: What to call it in messages.

    Returns:
        uint8 (rows, columns, 3), RGB. Grey goes through the window that the header gives; without one, values count
        from 0 to what Bits Stored allows, or to fewer bits where a 16-bit frame has no larger value, see `full_scale`.

    Raises:
        DecodeError: The frame does not exist, is damaged, or its decoder is not installed.
    """
    frames = read_header(dataset).frames
    if number >= frames:
        raise DecodeError(f"{name} (DICOM) has {frames} frames; there is no frame {number + 1}.")
    _refuse_missing_decoder(dataset, name)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            _refuse_other_size(dataset, number, frames, name)
            return _convert(dataset, number)
    except DAMAGE as error:
        raise DecodeError(
            f"{name} (DICOM) has pixel data that are truncated or damaged ({type(error).__name__} in "
            f"frame {number + 1}): export it again."
        ) from None


def _most_frames(dataset: "Dataset", claimed: int) -> int:
    """Returns how many frames the pixel data have room for; nothing is decoded."""
    from pydicom.encaps import parse_fragments
    from pydicom.pixels.utils import get_expected_length

    try:
        if dataset.file_meta.TransferSyntaxUID.is_encapsulated:
            # Behind the offset table a frame has one fragment or more.
            return max(0, parse_fragments(dataset.PixelData)[0] - 1)
        return len(dataset.PixelData) * claimed // get_expected_length(dataset)
    except DAMAGE:
        return 0


def _refuse_missing_decoder(dataset: "Dataset", name: str) -> None:
    from pydicom.pixels import get_decoder

    syntax = dataset.file_meta.TransferSyntaxUID
    try:
        decoder = get_decoder(syntax)
    except NotImplementedError:
        raise DecodeError(
            f"{name} (DICOM) has transfer syntax {syntax}, which is no still image that can be decoded: "
            "export it uncompressed or as JPEG."
        ) from None
    if not decoder.is_available:
        raise DecodeError(f"{name} (DICOM, {syntax.name}) needs a decoder. {MissingExtraError('pylibjpeg', 'dicom')}")


def _refuse_other_size(dataset: "Dataset", number: int, frames: int, name: str) -> None:
    from pydicom.encaps import get_frame

    if not dataset.file_meta.TransferSyntaxUID.is_encapsulated:
        return
    size = codestream_size(get_frame(dataset.PixelData, number, number_of_frames=frames))
    if size is not None and size != (dataset.Columns, dataset.Rows):
        raise DecodeError(
            f"{name} (DICOM) describes {dataset.Columns} x {dataset.Rows} pixels, but its compressed "
            f"frame {number + 1} has {size[0]} x {size[1]}: it is damaged. Export it again."
        )


def _convert(dataset: "Dataset", number: int) -> NDArray[np.uint8]:
    from pydicom.encaps import get_frame
    from pydicom.pixels import apply_color_lut, apply_modality_lut, apply_voi_lut, pixel_array
    from pydicom.uid import JPEGBaseline8Bit, JPEGLSTransferSyntaxes

    plugin = ""
    if dataset.file_meta.TransferSyntaxUID in JPEGLSTransferSyntaxes and find_spec("jpeg_ls"):
        plugin = "pyjpegls"  # pylibjpeg decodes frames that end early without a word
    if dataset.file_meta.TransferSyntaxUID == JPEGBaseline8Bit:
        # Pillow is the faster decoder, but fills what is missing from a damaged frame with grey.
        check_jpeg(get_frame(dataset.PixelData, number, number_of_frames=read_header(dataset).frames))
        plugin = "pillow"
    values: NDArray[Any] = pixel_array(dataset, index=number, decoding_plugin=plugin)
    interpretation = str(dataset.PhotometricInterpretation)
    if interpretation == "PALETTE COLOR":
        coloured: NDArray[Any] = apply_color_lut(values, dataset)
        return scaled(coloured, _white(coloured, 8 * coloured.dtype.itemsize))
    if values.ndim == 3:
        return scaled(values, _white(values, int(dataset.BitsStored)))
    grey: NDArray[Any] = apply_modality_lut(values, dataset)
    if dataset.get("VOILUTSequence") or (dataset.get("WindowWidth") and dataset.get("WindowCenter") is not None):
        low, high = _window_range(dataset)
        grey = (apply_voi_lut(grey, dataset).astype(np.float32) - low) * (255.0 / (high - low))
        shown = np.clip(np.rint(grey), 0, 255).astype(np.uint8)
    else:
        grey = grey - min(0, int(grey.min(initial=0)))
        shown = scaled(grey, _white(grey, int(dataset.BitsStored)))
    if interpretation == "MONOCHROME1":
        shown = np.asarray(255 - shown, np.uint8)
    return np.repeat(shown[..., None], 3, axis=-1)


def _white(values: NDArray[Any], bits_stored: int) -> float:
    return full_scale(float(values.max(initial=0)), (1 << bits_stored) - 1)


def _window_range(dataset: "Dataset") -> tuple[float, float]:
    """Returns the output range of the VOI transformation, which pydicom takes from the LUT or from Bits Stored."""
    if dataset.get("VOILUTSequence"):
        return 0.0, float((1 << int(dataset.VOILUTSequence[0].LUTDescriptor[2])) - 1)
    if dataset.get("ModalityLUTSequence"):
        return 0.0, float((1 << int(dataset.ModalityLUTSequence[0].LUTDescriptor[2])) - 1)
    bits, signed = int(dataset.BitsStored), int(dataset.PixelRepresentation) == 1
    low, high = (-(1 << bits - 1), (1 << bits - 1) - 1) if signed else (0, (1 << bits) - 1)
    if dataset.get("RescaleSlope") is None or dataset.get("RescaleIntercept") is None:
        return float(low), float(high)
    slope, intercept = float(dataset.RescaleSlope), float(dataset.RescaleIntercept)
    return low * slope + intercept, high * slope + intercept
