"""From an image file to 8-bit RGB, whatever the format, without decoding more pixels than are needed.

JPEG is decoded by libjpeg-turbo at 1/1, 1/2, 1/4 or 1/8 of its size (the inverse DCT of a part of the coefficients, so
it costs less than decoding and shrinking); the factor is chosen from the header. Pillow reads every header and decodes
all other formats; OpenCV decodes colour of 16 bits. DICOM, told by its content too, is read with the extra `[dicom]`.
The files of OCT devices hold a photograph in one of these formats beside their scans.
"""

import contextlib
import functools
import hashlib
import importlib
import os
import stat
import warnings
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image, UnidentifiedImageError

from fundusfm.data.decode.archive import NOT_THERE, read_member, split_member
from fundusfm.data.decode.damage import PILLOW_DAMAGE, missing_data, without_messages
from fundusfm.data.decode.deep import deep_colour, is_deep_colour
from fundusfm.data.decode.icc import pixels_to_srgb
from fundusfm.data.decode.jpeg import SCALES, JpegDamage, check_jpeg, decode_jpeg
from fundusfm.data.decode.pages import MOST_PAGES, page_count, photograph_pages
from fundusfm.data.decode.pixels import MOST_PIXELS, deep_to_rgb, to_rgb
from fundusfm.data.dicom.dataset import is_dicom, read_dataset
from fundusfm.data.dicom.frames import check_image, frame_rgb
from fundusfm.data.inputs.signature import HEAD, image_format
from fundusfm.data.vendor.embedded import VENDORS, embedded
from fundusfm.errors import DecodeError
from fundusfm.names import shown

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

SUFFIXES = frozenset(
    (
        *(".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".tif", ".tiff", ".bmp", ".gif", ".webp", ".ppm", ".dcm"),
        *(".jp2", ".j2k", ".jpf", ".avif", ".heic", ".heif", ".fda", ".fds", ".e2e"),
    )
)
"""What image files are usually called; the content of a file decides what it is."""

MOST_BYTES = 1_000_000_000
"""No photograph's file is larger; a device or a pipe that never ends would fill the memory."""

_MOST_UNPACKED = 3 * MOST_PIXELS
"""Bytes of pixels: as many as the largest picture of 8 bits has."""

_DEEP_BYTES = {"F": 4, "I": 4}
_PLUGINS = ("Jpeg", "Png", "Tiff", "Bmp", "Gif", "WebP", "Ppm", "Jpeg2K", "Avif")
KNOWN_FORMATS = "JPEG, PNG, TIFF, BMP, GIF, WebP, JPEG 2000, AVIF, HEIC, DICOM, Topcon or Heidelberg"
"""What can be read, in words."""

_HEIC_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")
_TRANSPOSED = frozenset({5, 6, 7, 8})


@dataclass(frozen=True)
class Decoded:
    """A decoded photograph, upright.

    Attributes:
        image: uint8 (height, width, 3), RGB, 0-255.
        scale: Decoded pixels per original pixel: 1, 1/2, 1/4 or 1/8.
        original_height: Height of the whole photograph in pixels, after the EXIF rotation.
        original_width: Width of the whole photograph in pixels, after the EXIF rotation.
    """

    image: NDArray[np.uint8]
    scale: float
    original_height: int
    original_width: int


def decode(path: Path | str, *, min_side: int | None = None) -> Decoded:
    """Decodes an image file; the format is told from the content, never from the name.

    Args:
        path: JPEG, PNG, TIFF, BMP, GIF, WebP, JPEG 2000, AVIF, HEIC or DICOM, 8 or 16 bit, colour, grey, RGBA or CMYK;
            `FILE#2` is the second photograph of a file that holds several, FILE the first.
        min_side: Shortest side that is needed: a JPEG is decoded at the smallest scale that keeps it.

    Raises:
        DecodeError: The file is missing, empty, truncated, damaged, no image, or unreasonably large.
    """
    content, frame = read_photograph(path)
    return decode_bytes(content, name=shown(path), min_side=min_side, frame=frame)


def read_photograph(path: Path | str) -> tuple[bytes, int]:
    """Reads the file of a photograph, named as in `decode`.

    Returns:
        The file's content, and the number of the photograph in it, from 1.

    Raises:
        DecodeError: As for `read_bytes`.
    """
    file, frame = split_frame(str(path))
    return read_bytes(file), frame


def lost_file(path: Path, reason: str) -> DecodeError:
    """Returns the error of a file that ended the process which worked on it; see `fundusfm.data.parallel`."""
    return DecodeError(f"{shown(path)} {reason}.", code="LIMIT")


def photograph_hash(content: bytes, frame: int) -> str:
    """Returns the SHA-256 of a file, or of the file and the photograph's number for those after its first."""
    digest = hashlib.sha256(content)
    if frame > 1:
        digest.update(f"#{frame}".encode())
    return digest.hexdigest()


def split_frame(path: str) -> tuple[str, int]:
    """Splits `FILE#2` into the file and the photograph's number; FILE, or a file that is really called so, has 1."""
    file, mark, number = path.rpartition("#")
    if not mark or not number.isdecimal() or int(number) < 1 or os.path.lexists(path):
        return path, 1
    return file, int(number)


def read_bytes(path: Path | str) -> bytes:
    """Reads a file whole, also `ARCHIVE/MEMBER` of a zip archive.

    Raises:
        DecodeError: It is missing, no regular file, larger than `MOST_BYTES`, or cannot be read.
    """
    name = shown(path)
    try:
        # Without this flag, opening a named pipe waits for somebody to write into it.
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        with os.fdopen(descriptor, "rb") as file:
            status = os.fstat(descriptor)
            if stat.S_ISDIR(status.st_mode):
                raise DecodeError(f"{name} is a folder, not an image file.", code="NO-FILE")
            if not stat.S_ISREG(status.st_mode):
                raise DecodeError(
                    f"{name} is a pipe, a socket or a device, not a file: save the photograph first.", code="NO-FILE"
                )
            if status.st_size > MOST_BYTES:
                raise DecodeError(
                    f"{name} has {status.st_size:,} bytes, more than the {MOST_BYTES:,} that a photograph may have.",
                    code="SIZE",
                )
            return file.read()
    except (FileNotFoundError, NotADirectoryError):
        if inside := split_member(path):
            return read_member(*inside)
        link = "is a link to a file that " if Path(path).is_symlink() else ""
        raise DecodeError(f"{name} {link}{NOT_THERE}correct the path, or put the file there.", code="MISSING") from None
    except IsADirectoryError:
        raise DecodeError(f"{name} is a folder, not an image file.", code="NO-FILE") from None
    except (OSError, ValueError) as error:
        raise DecodeError(f"{name} cannot be read: {getattr(error, 'strerror', None) or error}.") from error


def decode_bytes(content: bytes, *, name: str, min_side: int | None = None, frame: int = 1) -> Decoded:
    """Decodes the content of an image file; see `decode`.

    Args:
        content: The whole file.
        name: What to call it in messages.
        min_side: Shortest side that is needed, in pixels, see `decode`.
        frame: Number of the photograph in the file, from 1.
    """
    if not content:
        raise DecodeError(f"{name} is empty (0 bytes): copy the file again.", code="EMPTY")
    with warnings.catch_warnings():
        # Pillow warns about large or odd files; what cannot be used is an error below.
        warnings.simplefilter("ignore")
        return _decode(content, name, min_side, frame)


def decode_frame(dataset: "Dataset", number: int, name: str) -> Decoded:
    """Decodes one frame of a DICOM file that was read before.

    Args:
        dataset: What `read_dataset` returned.
        number: Number of the frame, from 1.
        name: What to call it in messages.

    Raises:
        DecodeError: It holds no such frame, or none that can be decoded.
    """
    check_image(dataset, name)
    image = frame_rgb(dataset, number - 1, name)
    return Decoded(image, 1.0, *image.shape[:2])


def _open_header(content: bytes, name: str) -> Image.Image:
    """Reads the header of an image file other than DICOM; nothing is decoded.

    Raises:
        DecodeError: It is no image, or its header is damaged.
    """
    try:
        return Image.open(BytesIO(content), formats=pillow_formats())
    except UnidentifiedImageError:
        if content[4:8] == b"ftyp" and content[8:12] in _HEIC_BRANDS:
            if "HEIF" in pillow_formats():
                raise DecodeError(
                    f"{name} (HEIC) is truncated or damaged: copy or export it again.", code="DAMAGED"
                ) from None
            raise DecodeError(
                f"{name} is a HEIC file, which needs pillow-heif: pip install 'fundusfm[heic]', or export the "
                "photograph as JPEG or PNG.",
                code="FORMAT",
            ) from None
        if kind := image_format(content[:HEAD]):
            raise DecodeError(
                f"{name} ({kind}) is truncated or damaged, or of a kind that is not read, such as colour in floating-"
                "point numbers: copy it again, or export it as PNG or JPEG.",
                code="DAMAGED",
            ) from None
        raise DecodeError(
            f"{name} is not an image in a known format (it begins with {content[:8]!r}): expected {KNOWN_FORMATS}.",
            code="FORMAT",
        ) from None
    except Image.DecompressionBombError as error:
        raise DecodeError(
            f"{name} claims more than the {MOST_PIXELS:,} pixels that a photograph may have: export it smaller.",
            code="SIZE",
        ) from error
    except PILLOW_DAMAGE as error:
        raise DecodeError(f"{name} has a damaged header ({error}).", code="DAMAGED") from error


@functools.cache
def pillow_formats() -> tuple[str, ...]:
    """Returns what Pillow may open; its readers for other formats stay out of the way of hostile files."""
    for plugin in _PLUGINS:
        importlib.import_module(f"PIL.{plugin}ImagePlugin")
    with contextlib.suppress(ImportError):  # optional: without it, HEIC files are refused in one sentence
        import pillow_heif

        pillow_heif.register_heif_opener()
    wanted = ("JPEG", "PNG", "TIFF", "BMP", "GIF", "WEBP", "PPM", "JPEG2000", "AVIF", "HEIF")
    return tuple(name for name in wanted if name in Image.OPEN)


def _decode(content: bytes, name: str, min_side: int | None, frame: int) -> Decoded:
    if is_dicom(content):
        return decode_frame(read_dataset(content, name), frame, name)
    if (kind := image_format(content[:HEAD])) in VENDORS:
        found = embedded(content, kind, name, frame)
        decoded = _decode(found.content, name, min_side, 1)
        return replace(decoded, image=np.ascontiguousarray(decoded.image[..., ::-1])) if found.blue_first else decoded
    with _open_header(content, name) as listed:
        if listed.format == "TIFF" and (claimed := page_count(listed)) > MOST_PAGES:
            raise DecodeError(
                f"{name} claims {claimed:,} pages, more than the {MOST_PAGES:,} that a file may have: export it again.",
                code="SIZE",
            )
        pages = photograph_pages(listed)
    if frame > len(pages):
        raise DecodeError(f"{name} holds {len(pages)} photograph(s); there is no number {frame}.", code="NUMBER")
    # Opened again: Pillow may stay between two pages where one of them is damaged.
    with _open_header(content, name) as header:
        page = pages[frame - 1]
        try:
            header.seek(page)
        except PILLOW_DAMAGE as error:
            raise DecodeError(
                f"{name}, page {page + 1}, has a damaged header ({error}): export it again.", code="DAMAGED"
            ) from error
        width, height = header.size
        if width * height > MOST_PIXELS:
            raise DecodeError(
                f"{name} claims {width} x {height} pixels, more than the {MOST_PIXELS:,} that a "
                "photograph may have: export it smaller.",
                code="SIZE",
            )
        depth = 6 if is_deep_colour(header, content) else _DEEP_BYTES.get(header.mode, 3)
        if width * height * depth > _MOST_UNPACKED:
            raise DecodeError(
                f"{name} claims {width} x {height} pixels of {depth} bytes, more than the {_MOST_UNPACKED:,} bytes "
                "that a photograph may have: export it smaller, or with 8 bits.",
                code="SIZE",
            )
        try:
            if header.format in ("JPEG", "MPO"):
                image, factor = _decode_jpeg(header, content, min_side)
            elif header.format == "TIFF":
                with without_messages():
                    image, factor = _decode_other(header, content, page, name), 1
            else:
                image, factor = _decode_other(header, content, page, name), 1
        except (JpegDamage, *PILLOW_DAMAGE) as error:
            raise DecodeError(
                f"{name} ({header.format}) is truncated or damaged ({error}): copy or export it again.", code="DAMAGED"
            ) from error
        # Pillow turns some formats itself, and takes the tag away when it does: ask only now.
        orientation = _orientation(header)
        width, height = header.size
    if orientation in _TRANSPOSED:
        height, width = width, height
    return Decoded(_upright(image, orientation), 1 / factor, height, width)


def _decode_jpeg(header: Image.Image, content: bytes, min_side: int | None) -> tuple[NDArray[np.uint8], int]:
    width, height = header.size
    start = header.offset if header.format == "MPO" else 0  # type: ignore[attr-defined]
    picture = content[start:] if start else content
    if header.mode not in ("RGB", "L"):
        check_jpeg(picture)
        return to_rgb(header), 1
    side = min(height, width)
    factor = 1 if min_side is None else next(f for f in SCALES if f == 1 or side // f >= min_side)
    pixels = decode_jpeg(picture, height=height, width=width, factor=factor)
    return pixels_to_srgb(pixels, header.info.get("icc_profile")), factor


def _decode_other(header: Image.Image, content: bytes, page: int, name: str) -> NDArray[np.uint8]:
    gap = missing_data(header, content)
    if gap:
        raise ValueError(gap)
    if not is_deep_colour(header, content):
        return to_rgb(header)
    turned = _orientation(header)
    header.load()  # Pillow is the judge of whether the file is whole
    found = deep_colour(header, content, page)
    if found is None:
        raise DecodeError(
            f"{name} ({header.format}) has 16-bit colour in a form that cannot be read at full depth: export it with "
            "8 bits, or as an uncompressed TIFF.",
            code="FORMAT",
        )
    values, upright = found
    pixels = deep_to_rgb(values, header.info.get("icc_profile"))
    return _upright(pixels, turned) if header.format == "TIFF" and not upright else pixels


def _orientation(header: Image.Image) -> int:
    try:
        return int(header.getexif().get(ExifTags.Base.Orientation, 1))
    except PILLOW_DAMAGE:  # unreadable EXIF says nothing about the pixels
        return 1


def _upright(image: NDArray[np.uint8], orientation: int) -> NDArray[np.uint8]:
    """Applies the EXIF orientation (1-8): mirrors and quarter turns."""
    if orientation in _TRANSPOSED:
        image = image.swapaxes(0, 1)
    if orientation in (2, 3, 6, 7):
        image = image[:, ::-1]
    if orientation in (3, 4, 7, 8):
        image = image[::-1]
    return np.ascontiguousarray(image)
