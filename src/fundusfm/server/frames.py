"""Uploads as the photographs that they hold, within the limits: every frame of a DICOM file is one.

All of this is told from headers, before anything is decoded.
"""

import asyncio
import logging
import warnings
from collections.abc import Sequence
from io import BytesIO

from PIL import Image

from fundusfm.data.inputs.photograph import Photograph
from fundusfm.data.inputs.unfold import unfold
from fundusfm.errors import DecodeError
from fundusfm.screening.prepare import Unreadable
from fundusfm.server.problems import TooLargeError
from fundusfm.server.protection.limits import Limits

Item = Photograph | Unreadable

_LOG = logging.getLogger(__name__)
# A deflated file stays unpacked in memory until its request is answered. Photographs deflate to a half or a third.
_UNPACKED_PER_BYTE, _HEADER_BYTES = 8, 1_000_000


async def frames_of(uploads: Sequence[Photograph], limits: Limits) -> list[list[Item]]:
    """Returns the photographs of each upload, at least one; a file that is refused is one, with the reason.

    Raises:
        TooLargeError: Together they are more than a request may hold.
    """
    items = await asyncio.gather(*(asyncio.to_thread(_unfolded, upload, limits) for upload in uploads))
    if sum(map(len, items)) > limits.files:
        raise TooLargeError(
            f"The request holds more than {limits.files} photographs, every frame of a DICOM file "
            "being one: send fewer at once, or start the server with a larger --max-files."
        )
    return list(items)


def oversized(photograph: Photograph, limits: Limits) -> str:
    """Returns why a photograph is too large to decode, told from its header; empty if it is not."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            if photograph.dataset is not None:
                width, height = int(photograph.dataset.Columns), int(photograph.dataset.Rows)
            else:
                with Image.open(BytesIO(photograph.content)) as header:
                    width, height = header.size
    except Exception:  # noqa: BLE001 - what is wrong with the file, the decoder says better
        return ""
    if width * height <= limits.pixels:
        return ""
    return (f"{photograph.name} claims {width} x {height} pixels, more than the {limits.megapixels:g} megapixels that "
            "this server decodes: export it smaller.")  # fmt: skip


def _unfolded(upload: Photograph, limits: Limits) -> list[Item]:
    try:
        frames = unfold(upload, most_bytes=_UNPACKED_PER_BYTE * len(upload.content) + _HEADER_BYTES)
    except DecodeError as error:
        return [Unreadable(upload.name, str(error))]
    except Exception as error:  # noqa: BLE001 - a bug that one file meets must not cost its neighbours their rows
        _LOG.error("the header of an upload could not be read (%s)", type(error).__name__)
        return [Unreadable(upload.name, f"{upload.name} met an error in the program ({type(error).__name__}).")]
    if reason := oversized(frames[0], limits):
        return [Unreadable(upload.name, reason)]
    if len(frames) > limits.files:
        return [
            Unreadable(
                upload.name,
                f"{upload.name} holds {len(frames)} frames, more than the {limits.files} "
                "photographs that a request may hold: send fewer, or start the server with a "
                "larger --max-files.",
            )
        ]
    return list(frames)
