"""A photograph is decoded once per scale, wherever it comes from."""

import io

import numpy as np
import pytest
from PIL import Image

from fundusfm.data.inputs import photograph as room
from fundusfm.data.inputs.photograph import Decoder, Photograph, frame_name
from fundusfm.errors import DecodeError


def _encoded(kind: str, *levels: int) -> bytes:
    pages = [Image.new("RGB", (200, 160), (level, 90, 10)) for level in levels]
    buffer = io.BytesIO()
    pages[0].save(buffer, kind, save_all=len(pages) > 1, append_images=pages[1:])
    return buffer.getvalue()


def test_a_jpeg_is_decoded_once_per_scale_and_others_once(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[int | None] = []
    original = room.decode_bytes

    def counted(content: bytes, *, name: str, min_side: int | None = None, frame: int = 1) -> object:
        calls.append(min_side)
        return original(content, name=name, min_side=min_side, frame=frame)

    monkeypatch.setattr(room, "decode_bytes", counted)
    jpeg = Decoder(Photograph("a.jpg", _encoded("JPEG", 200)))
    assert [jpeg(side).image.shape[0] for side in (40, 160, 40)] == [40, 160, 40]
    png = Decoder(Photograph("a.png", _encoded("PNG", 200)))
    assert [png(side).image.shape[0] for side in (40, 160)] == [160, 160]
    assert calls == [40, 160, 40]


def test_the_frame_is_the_one_that_is_named() -> None:
    content = _encoded("TIFF", 10, 240)
    found = [Decoder(Photograph("a", content, frame=frame))(8).image[0, 0, 0] for frame in (1, 2)]
    assert found == [10, 240]


def test_pixels_are_taken_as_they_are() -> None:
    pixels = np.zeros((30, 40, 3), np.uint8)
    decoded = Decoder(Photograph("a", image=pixels))(8)
    assert decoded.image is pixels and (decoded.original_height, decoded.original_width) == (30, 40)
    for wrong in (pixels[..., 0], pixels.astype(float), np.zeros((0, 4, 3), np.uint8)):
        with pytest.raises(DecodeError, match="expected uint8 of shape"):
            Photograph("a", image=wrong)


def test_names_of_frames() -> None:
    assert [frame_name("a.tif", number) for number in (1, 2, 10)] == ["a.tif", "a.tif#2", "a.tif#10"]
