"""Frames of every transfer syntax and photometric interpretation, and what is refused."""

import builtins
import subprocess
import sys
from io import BytesIO
from typing import Any

import numpy as np
import pydicom
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from pydicom.encaps import encapsulate, generate_frames
from pydicom.pixels import convert_color_space
from pydicom.uid import MPEG2MPML, JPEG2000Lossless, JPEGBaseline8Bit
from tests.dicom_files import LOSSLESS, LOSSY, SECONDARY_CAPTURE, SYNTAXES, dicom_bytes, dicom_dataset, written

from fundusfm.data.decode.image import decode_bytes
from fundusfm.data.dicom.dataset import read_dataset
from fundusfm.data.dicom.frames import frame_rgb
from fundusfm.data.synthetic.photograph import generate
from fundusfm.errors import DecodeError

_PHOTO = generate(0, seed=3, size=64).image[:64, :64]
_GREY = np.ascontiguousarray(_PHOTO[..., 1])


def _decoded(content: bytes) -> np.ndarray:
    return decode_bytes(content, name="a.dcm").image


_COLD = """
import sys
from fundusfm.data.dicom.dataset import read_dataset
from fundusfm.data.dicom.frames import check_image, frame_rgb, warm_up

warm_up()
warm = set(sys.modules)
dataset = read_dataset(sys.stdin.buffer.read(), "a")
check_image(dataset, "a")
frame_rgb(dataset, 0, "a")
print(*sorted(name for name in set(sys.modules) - warm if name.partition(".")[0] in sys.argv[1:]))
"""


def test_a_warm_process_imports_no_decoder_for_a_photograph() -> None:
    content = dicom_bytes(dicom_dataset(_PHOTO), SYNTAXES["jpeg-2000"])
    libraries = ("pydicom", "pylibjpeg", "openjpeg")
    found = subprocess.run([sys.executable, "-c", _COLD, *libraries], input=content, capture_output=True, check=True)
    assert found.stdout.strip() == b""


@pytest.mark.parametrize("syntax", LOSSLESS)
def test_lossless_colour_is_exact(syntax: str) -> None:
    assert np.array_equal(_decoded(dicom_bytes(dicom_dataset(_PHOTO), LOSSLESS[syntax])), _PHOTO)


@pytest.mark.parametrize("syntax", LOSSY)
def test_lossy_colour_is_close(syntax: str) -> None:
    decoded = _decoded(dicom_bytes(dicom_dataset(_PHOTO), LOSSY[syntax]))
    assert np.abs(decoded.astype(int) - _PHOTO).mean() < 5


@pytest.mark.parametrize("syntax", LOSSLESS)
def test_sixteen_bit_grey_counts_from_its_stored_bits(syntax: str) -> None:
    for bits in (12, 16):
        deep = (_GREY.astype(int) * ((1 << bits) - 1) // 255).astype(np.uint16)
        decoded = _decoded(dicom_bytes(dicom_dataset(deep, bits=bits), LOSSLESS[syntax]))
        assert np.abs(decoded[..., 0].astype(int) - _GREY).max() <= 1


def test_twelve_bits_declared_as_sixteen_are_not_dark() -> None:
    deep = (_GREY.astype(np.uint16) * 16).astype(np.uint16)
    assert np.abs(_decoded(dicom_bytes(dicom_dataset(deep, bits=16)))[..., 0].astype(int) - _GREY).max() <= 1


def test_sixteen_bit_colour() -> None:
    deep = _PHOTO.astype(np.uint16) * 257
    assert np.array_equal(_decoded(dicom_bytes(dicom_dataset(deep, bits=16))), _PHOTO)


def test_monochrome1_is_inverted() -> None:
    decoded = _decoded(dicom_bytes(dicom_dataset(255 - _GREY, interpretation="MONOCHROME1")))
    assert np.array_equal(decoded[..., 0], _GREY)


def test_window_spreads_its_range() -> None:
    deep = _GREY.astype(np.uint16) * 4 + 1000
    decoded = _decoded(dicom_bytes(dicom_dataset(deep, bits=12, WindowCenter=1510, WindowWidth=1021)))
    assert np.abs(decoded[..., 0].astype(int) - _GREY).max() <= 1


def test_rescale_comes_before_the_window() -> None:
    deep = _GREY.astype(np.uint16)
    decoded = _decoded(
        dicom_bytes(
            dicom_dataset(deep, bits=8, RescaleSlope=2, RescaleIntercept=-100, WindowCenter=155, WindowWidth=511)
        )
    )
    assert np.abs(decoded[..., 0].astype(int) - _GREY).max() <= 1


def test_ybr_is_turned_into_rgb() -> None:
    ybr = convert_color_space(_PHOTO, "RGB", "YBR_FULL")
    decoded = _decoded(dicom_bytes(dicom_dataset(ybr, interpretation="YBR_FULL")))
    assert np.abs(decoded.astype(int) - _PHOTO).max() <= 3


def test_jpeg_of_rgb_is_not_taken_for_ybr() -> None:
    file = BytesIO()
    Image.fromarray(_PHOTO).save(file, "JPEG", quality=95, subsampling=0, keep_rgb=True)
    dataset = dicom_dataset(_PHOTO)
    dataset.PixelData = encapsulate([file.getvalue()])
    dataset["PixelData"].is_undefined_length = True
    dataset.file_meta.TransferSyntaxUID = JPEGBaseline8Bit
    assert np.abs(_decoded(written(dataset)).astype(int) - _PHOTO).mean() < 3


def test_planar_colour() -> None:
    dataset = dicom_dataset(_PHOTO, PlanarConfiguration=1)
    dataset.PixelData = np.ascontiguousarray(_PHOTO.transpose(2, 0, 1)).tobytes()
    assert np.array_equal(_decoded(dicom_bytes(dataset)), _PHOTO)


@pytest.mark.parametrize("depth", [8, 16])
def test_palette_colour(depth: int) -> None:
    ramp = np.arange(256, dtype=np.uint16)
    tables = {"Red": ramp, "Green": 255 - ramp, "Blue": ramp // 2}
    dataset = dicom_dataset(_GREY, interpretation="PALETTE COLOR", sop_class=SECONDARY_CAPTURE)
    for colour, table in tables.items():
        setattr(dataset, f"{colour}PaletteColorLookupTableDescriptor", [256, 0, depth])
        data = table.astype(np.uint8) if depth == 8 else table * 257
        setattr(dataset, f"{colour}PaletteColorLookupTableData", data.tobytes())
    expected = np.stack([table[_GREY] for table in tables.values()], axis=-1)
    assert np.array_equal(_decoded(dicom_bytes(dataset)), expected)


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_each_frame_of_several(syntax: str) -> None:
    frames = np.stack([_PHOTO, _PHOTO[::-1]])
    dataset = read_dataset(dicom_bytes(dicom_dataset(frames, NumberOfFrames=2), SYNTAXES[syntax]), "a.dcm")
    for number, frame in enumerate(frames):
        assert np.abs(frame_rgb(dataset, number, "a.dcm").astype(int) - frame).mean() < 5
    with pytest.raises(DecodeError, match="2 frames; there is no frame 3"):
        frame_rgb(dataset, 2, "a.dcm")


def _pdf() -> bytes:
    dataset = dicom_dataset(_GREY, sop_class="1.2.840.10008.5.1.4.1.1.104.1")
    del dataset.PixelData
    dataset.EncapsulatedDocument = b"%PDF-1.7"
    return dicom_bytes(dataset)


def _without_pixels() -> bytes:
    dataset = dicom_dataset(_GREY)
    del dataset.PixelData
    return dicom_bytes(dataset)


def _other_size() -> bytes:
    dataset = dicom_dataset(_PHOTO)
    content = dicom_bytes(dataset, JPEG2000Lossless)
    return content.replace(
        b"\xff\x4f\xff\x51\x00\x2f\x00\x00\x00\x00\x00\x40", b"\xff\x4f\xff\x51\x00\x2f\x00\x00\x00\x00\xff\x40"
    )


def _video() -> bytes:
    dataset = dicom_dataset(_PHOTO)
    dicom_bytes(dataset, JPEGBaseline8Bit)
    dataset.file_meta.TransferSyntaxUID = MPEG2MPML
    return written(dataset)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (_pdf(), "encapsulated document"),
        (_without_pixels(), "no pixel data"),
        (dicom_bytes(dicom_dataset(_GREY, Rows=60000, Columns=60000)), "claims 60000 x 60000 pixels"),
        (dicom_bytes(dicom_dataset(_GREY, Rows=0)), "claims 64 x 0 pixels"),
        (
            dicom_bytes(dicom_dataset(_GREY[None], NumberOfFrames=3)),
            "claims 3 frames, but its pixel data hold 1 at most",
        ),
        (dicom_bytes(dicom_dataset(_GREY[None], NumberOfFrames=1001)), "claims 1,001 frames, more than the 1,000"),
        (dicom_bytes(dicom_dataset(_GREY, BitsAllocated=32)), "expected 1 or 3 samples of 8 or 16 bits"),
        (dicom_bytes(dicom_dataset(_PHOTO))[:-500], "truncated or damaged"),
        (dicom_bytes(dicom_dataset(_PHOTO), JPEG2000Lossless)[:-900], "truncated"),
        (_other_size(), "but its compressed frame 1 has"),
        (_video(), "no still image"),
        (b"\0" * 128 + b"DICM", "truncated"),
    ],
    ids=range(12),
)
def test_refused_with_a_sentence(content: bytes, sentence: str) -> None:
    with pytest.raises(DecodeError, match=sentence):
        _decoded(content)


def test_missing_decoder_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    from pydicom.pixels.decoders import JPEG2000LosslessDecoder

    content = dicom_bytes(dicom_dataset(_PHOTO), JPEG2000Lossless)
    monkeypatch.setattr(JPEG2000LosslessDecoder, "_available", {})
    with pytest.raises(DecodeError, match=r"fundusfm\[dicom\]"):
        _decoded(content)


def test_missing_pydicom_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    original = builtins.__import__

    def without_pydicom(name: str, *args: Any, **kwargs: Any) -> Any:
        if name.split(".")[0] == "pydicom":
            raise ImportError(name)
        return original(name, *args, **kwargs)

    content = dicom_bytes(dicom_dataset(_PHOTO))
    monkeypatch.setattr(builtins, "__import__", without_pydicom)
    with pytest.raises(DecodeError, match=r"a\.dcm is a DICOM file\. pydicom is not installed.*fundusfm\[dicom\]"):
        _decoded(content)


_FILES = {name: dicom_bytes(dicom_dataset(_PHOTO[::2, ::2]), syntax) for name, syntax in SYNTAXES.items()}


@given(st.sampled_from(sorted(_FILES)), st.data())
@settings(max_examples=150)
def test_mutated_files_end_in_a_photograph_or_a_sentence(syntax: str, data: st.DataObject) -> None:
    content = bytearray(_FILES[syntax])
    for _ in range(data.draw(st.integers(0, 6))):
        content[data.draw(st.integers(128, len(content) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.one_of(st.just(len(content)), st.integers(1, len(content))))
    try:
        decoded = decode_bytes(bytes(content[:cut]), name="mutated.dcm")
    except DecodeError as error:
        assert "mutated.dcm" in str(error)
    else:
        assert decoded.image.dtype == np.uint8
        assert decoded.image.shape[2] == 3


@pytest.mark.parametrize("damage", ["cut", "cut with an end", "zeros"])
@pytest.mark.parametrize(
    "syntax", [name for name in SYNTAXES if name not in ("implicit", "explicit", "big", "deflated")]
)
def test_a_compressed_frame_that_ends_early_is_refused(syntax: str, damage: str) -> None:
    noisy = np.random.default_rng(0).integers(0, 256, (64, 80, 3), np.uint8)
    dataset = pydicom.dcmread(BytesIO(dicom_bytes(dicom_dataset(noisy), SYNTAXES[syntax])))
    frame = next(generate_frames(dataset.PixelData, number_of_frames=1))
    half = frame[: len(frame) // 2]
    ends = {"cut": b"", "cut with an end": frame[-2:], "zeros": bytes(len(frame) - len(half))}
    dataset.PixelData = encapsulate([half + ends[damage]])
    file = BytesIO()
    dataset.save_as(file)
    with pytest.raises(DecodeError, match="truncated or damaged"):
        decode_bytes(file.getvalue(), name="x")
