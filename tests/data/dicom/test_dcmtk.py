"""Files whose pixels another toolkit compressed: JPEG in all its processes, JPEG-LS, RLE and deflated, by dcmtk."""

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from pydicom import dcmread
from pydicom.pixels import convert_color_space
from pydicom.uid import UID
from tests.dicom_files import SECONDARY_CAPTURE, dicom_bytes, dicom_dataset

from fundusfm.data.decode.image import decode
from fundusfm.data.dicom.dataset import read_dataset
from fundusfm.data.dicom.frames import frame_rgb
from fundusfm.data.synthetic.photograph import generate

pytestmark = pytest.mark.skipif(
    shutil.which("dcmcjpeg") is None, reason="dcmtk is not installed: apt-get install dcmtk"
)
_PHOTO = generate(0, seed=3, size=96).image[:96, :90]
_GREY = np.ascontiguousarray(_PHOTO[..., 1])
_BASELINE, _EXTENDED, _LOSSLESS, _SV1 = (["dcmcjpeg", option] for option in ("+eb", "+ee", "+el", "+e1"))
_JPEG_LS, _NEAR, _RLE, _DEFLATED = ["dcmcjpls", "+el"], ["dcmcjpls", "+en"], ["dcmcrle"], ["dcmconv", "+td"]
_EXACT = {"jpeg-lossless": _LOSSLESS, "jpeg-lossless-sv1": _SV1, "jpeg-ls": _JPEG_LS, "rle": _RLE,
          "deflated": _DEFLATED}  # fmt: skip
_UIDS = {
    "+eb": "1.2.840.10008.1.2.4.50",
    "+ee": "1.2.840.10008.1.2.4.51",
    "+e1": "1.2.840.10008.1.2.4.70",
    "+td": "1.2.840.10008.1.2.1.99",
    "+en": "1.2.840.10008.1.2.4.81",
}


def _written(command: list[str], content: bytes, folder: Path) -> Path:
    """Runs a tool of dcmtk over a file."""
    (folder / "in.dcm").write_bytes(content)
    out = folder / "out.dcm"
    subprocess.run([*command, str(folder / "in.dcm"), str(out)], check=True, capture_output=True)
    syntax = dcmread(out, stop_before_pixels=True).file_meta.TransferSyntaxUID
    assert syntax == UID(_UIDS.get(command[-1], syntax))
    return out


def _deep(bits: int) -> np.ndarray:
    return (_GREY.astype(int) * ((1 << bits) - 1) // 255).astype(np.uint16)


@pytest.mark.parametrize("syntax", _EXACT)
def test_lossless_colour_is_exact(syntax: str, tmp_path: Path) -> None:
    path = _written(_EXACT[syntax], dicom_bytes(dicom_dataset(_PHOTO)), tmp_path)
    assert np.array_equal(decode(path).image, _PHOTO)


@pytest.mark.parametrize("syntax", _EXACT)
@pytest.mark.parametrize("bits", [12, 16])
def test_lossless_grey_keeps_its_depth(syntax: str, bits: int, tmp_path: Path) -> None:
    path = _written(_EXACT[syntax], dicom_bytes(dicom_dataset(_deep(bits), bits=bits)), tmp_path)
    assert np.abs(decode(path).image[..., 0].astype(int) - _GREY).max() <= 1


@pytest.mark.parametrize("options", [[*_BASELINE, "+cy"], [*_BASELINE, "+cr"], [*_EXTENDED, "+cy"], _NEAR],
                         ids=["ybr", "rgb", "extended", "jpeg-ls-near"])  # fmt: skip
def test_lossy_colour_is_close(options: list[str], tmp_path: Path) -> None:
    tool, *rest = options
    path = _written([tool, *rest[1:], rest[0]], dicom_bytes(dicom_dataset(_PHOTO)), tmp_path)
    assert np.abs(decode(path).image.astype(int) - _PHOTO).mean() < 6


def test_twelve_bit_extended_jpeg(tmp_path: Path) -> None:
    path = _written(["dcmcjpeg", "+bt", "+sr", "+ee"], dicom_bytes(dicom_dataset(_deep(12), bits=12)), tmp_path)
    assert np.abs(decode(path).image[..., 0].astype(int) - _GREY).mean() < 3


# Without +sr dcmcjpeg stretches the range of grey pixels to that of a byte.
@pytest.mark.parametrize("command", [["dcmcjpeg", "+sr", "+eb"], _SV1, _JPEG_LS, _RLE, _DEFLATED],
                         ids=lambda command: command[-1])  # fmt: skip
def test_monochrome1_is_inverted(command: list[str], tmp_path: Path) -> None:
    path = _written(command, dicom_bytes(dicom_dataset(255 - _GREY, interpretation="MONOCHROME1")), tmp_path)
    assert np.abs(decode(path).image[..., 0].astype(int) - _GREY).mean() < 3


@pytest.mark.parametrize("command", [_SV1, _JPEG_LS, _RLE, _DEFLATED], ids=lambda command: command[-1])
def test_palettes_and_ybr(command: list[str], tmp_path: Path) -> None:
    ramp = np.arange(256, dtype=np.uint16)
    tables = {"Red": ramp, "Green": 255 - ramp, "Blue": ramp // 2}
    dataset = dicom_dataset(_GREY, interpretation="PALETTE COLOR", sop_class=SECONDARY_CAPTURE)
    for colour, table in tables.items():
        setattr(dataset, f"{colour}PaletteColorLookupTableDescriptor", [256, 0, 16])
        setattr(dataset, f"{colour}PaletteColorLookupTableData", (table * 257).tobytes())
    path = _written(command, dicom_bytes(dataset), tmp_path)
    assert np.array_equal(decode(path).image, np.stack([table[_GREY] for table in tables.values()], axis=-1))
    if command in (_RLE, _DEFLATED):  # the others turn YBR into RGB, or refuse it
        ybr = convert_color_space(_PHOTO, "RGB", "YBR_FULL")
        path = _written(command, dicom_bytes(dicom_dataset(ybr, interpretation="YBR_FULL")), tmp_path)
        assert np.abs(decode(path).image.astype(int) - _PHOTO).max() <= 3


@pytest.mark.parametrize("command", [_BASELINE, _EXTENDED, _LOSSLESS, _SV1, _JPEG_LS, _RLE, _DEFLATED],
                         ids=lambda command: command[-1])  # fmt: skip
def test_each_frame_of_several(command: list[str], tmp_path: Path) -> None:
    frames = np.stack([_PHOTO, _PHOTO[::-1], _PHOTO[:, ::-1]])
    path = _written(command, dicom_bytes(dicom_dataset(frames, NumberOfFrames=3)), tmp_path)
    dataset = read_dataset(path.read_bytes(), "a.dcm")
    for number, frame in enumerate(frames):
        assert np.abs(frame_rgb(dataset, number, "a.dcm").astype(int) - frame).mean() < 6
