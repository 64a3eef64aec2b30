"""De-identified copies: the photograph stays, the patient goes."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from pydicom import Dataset, dcmread
from pydicom.encaps import encapsulate, generate_frames
from pydicom.uid import JPEG2000Lossless, JPEGBaseline8Bit
from tests.data.dicom.test_laterality import groups, region
from tests.dicom_files import PATIENT_ID, PATIENT_NAME, SYNTAXES, dicom_bytes, dicom_dataset, written

import fundusfm
from fundusfm.data.decode.image import decode
from fundusfm.data.synthetic.photograph import generate
from fundusfm.errors import ConfigError, RunFolderError

_PHOTO = generate(0, seed=3, size=64).image
_SECRETS = (
    PATIENT_ID,
    *PATIENT_NAME.split("^"),
    "19410203",
    "20240506",
    "101112",
    "ACC-55",
    "Bramblewick",
    "Saint Eleven",
)


def _marked(syntax: str = "explicit", entropy: str = "a") -> bytes:
    """A file with the patient in every kind of place."""
    dataset = dicom_dataset(
        _PHOTO,
        entropy=entropy,
        PatientComments=PATIENT_NAME,
        ImageComments=PATIENT_ID,
        WindowCenterWidthExplanation=PATIENT_NAME,
        OtherPatientNames=PATIENT_NAME,
    )
    block = dataset.private_block(0x0011, "MAKER", create=True)
    block.add_new(1, "LO", PATIENT_NAME)
    nested = Dataset()
    nested.PatientID = PATIENT_ID
    dataset.ReferencedStudySequence = [nested]
    return dicom_bytes(dataset, SYNTAXES[syntax])


def _copies(out: Path) -> list[Path]:
    return sorted((out / "instances").iterdir())


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_patient_goes_and_photograph_stays(syntax: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    source = tmp_path / "a.dcm"
    source.write_bytes(_marked(syntax))
    manifest = fundusfm.dicom_deidentify(
        paths=[str(source)], out=str(tmp_path / "out"), salt_file=str(tmp_path / "salt")
    )
    assert manifest.attrs["left_out"] == 0
    copy = _copies(tmp_path / "out")[0]
    assert np.array_equal(decode(copy).image, decode(source).image)
    everything = copy.read_bytes() + str(dcmread(copy)).encode() + (tmp_path / "out/manifest.csv").read_bytes()
    everything += "".join(capfd.readouterr()).encode()
    assert not [secret for secret in _SECRETS if secret.encode() in everything]
    before, after = dcmread(source), dcmread(copy)
    for keyword in ("SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID"):
        assert before.get(keyword) != after.get(keyword)
    assert after.PatientIdentityRemoved == "YES"
    assert after.ImageLaterality == "R"


def test_one_patient_stays_one_and_the_salt_decides(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for entropy in ("a1", "a2"):
        (tmp_path / "in" / entropy).write_bytes(_marked(entropy=entropy))
    tables = []
    for out, salt in (("one", "salt"), ("two", "salt"), ("three", "other")):
        fundusfm.dicom_deidentify(paths=[str(tmp_path / "in")], out=str(tmp_path / out), salt_file=str(tmp_path / salt))
        tables.append(pd.read_csv(tmp_path / out / "manifest.csv"))
    assert tables[0]["patient"].nunique() == tables[0]["study"].nunique() == 1
    assert tables[0]["image"].nunique() == 2
    assert tables[0].equals(tables[1])
    assert tables[0]["patient"][0] != tables[2]["patient"][0]
    assert (tmp_path / "salt").stat().st_mode & 0o077 == 0


def test_comments_in_compressed_frames_go(tmp_path: Path) -> None:
    dataset = dicom_dataset(_PHOTO)
    dicom_bytes(dataset, JPEGBaseline8Bit)
    name = PATIENT_NAME.encode()
    frame = next(generate_frames(dataset.PixelData, number_of_frames=1))
    for marker in (b"\xff\xfe", b"\xff\xe1"):
        frame = frame[:2] + marker + (len(name) + 2).to_bytes(2, "big") + name + frame[2:]
    dataset.PixelData = encapsulate([frame])
    dataset["PixelData"].is_undefined_length = True
    (tmp_path / "a.dcm").write_bytes(written(dataset))
    fundusfm.dicom_deidentify(
        paths=[str(tmp_path / "a.dcm")], out=str(tmp_path / "out"), salt_file=str(tmp_path / "salt")
    )
    copy = _copies(tmp_path / "out")[0]
    assert name not in copy.read_bytes()
    assert np.array_equal(decode(copy).image, decode(tmp_path / "a.dcm").image)


def test_burned_in_text_and_other_files_are_left_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "text.dcm").write_bytes(dicom_bytes(dicom_dataset(_PHOTO, BurnedInAnnotation="YES")))
    (tmp_path / "cut.dcm").write_bytes(dicom_bytes(dicom_dataset(_PHOTO), JPEG2000Lossless)[:-900])
    (tmp_path / "no.jpg").write_bytes(b"no image")
    images = [str(tmp_path / name) for name in ("text.dcm", "cut.dcm", "no.jpg")]
    manifest = fundusfm.dicom_deidentify(paths=images, out=str(tmp_path / "out"), salt_file=str(tmp_path / "salt"))
    assert manifest.attrs["left_out"] == 3
    printed = capsys.readouterr().err
    assert all(sentence in printed for sentence in ("burned into", "truncated", "not a DICOM file"))
    assert not _copies(tmp_path / "out")


def test_salt_and_folder_are_checked(tmp_path: Path) -> None:
    (tmp_path / "a.dcm").write_bytes(_marked())
    (tmp_path / "short").write_bytes(b"salt")
    arguments = {"paths": [str(tmp_path / "a.dcm")], "out": str(tmp_path / "out")}
    with pytest.raises(ConfigError, match="at least 16"):
        fundusfm.dicom_deidentify(**arguments, salt_file=str(tmp_path / "short"))
    with pytest.raises(ConfigError, match="lies in --out"):
        fundusfm.dicom_deidentify(**arguments, salt_file=str(tmp_path / "out" / "salt"))
    with pytest.raises(RunFolderError, match="not an empty folder"):
        fundusfm.dicom_deidentify(paths=arguments["paths"], out=str(tmp_path), salt_file=str(tmp_path / "salt"))


def test_copies_say_the_eyes_that_the_images_say(tmp_path: Path) -> None:
    pair = np.stack([_PHOTO, _PHOTO])
    images = {
        "pair": dicom_dataset(pair, NumberOfFrames=2, ImageLaterality=None,
                              PerFrameFunctionalGroupsSequence=groups("R", "L")),
        "region": dicom_dataset(_PHOTO, entropy="b", ImageLaterality=None, AnatomicRegionSequence=region("7771000")),
        "right_scan": dicom_dataset(_PHOTO, entropy="c", ImageLaterality="L"),
    }  # fmt: skip
    for name, dataset in images.items():
        (tmp_path / name).write_bytes(dicom_bytes(dataset))
    table = fundusfm.dicom_deidentify(
        paths=[str(tmp_path / name) for name in images], out=str(tmp_path / "out"), salt_file=str(tmp_path / "salt")
    )
    assert table["eye"].tolist() == ["right", "left", "left", ""]
    assert table["image"].str.endswith("#2").tolist() == [False, True, False, False]
