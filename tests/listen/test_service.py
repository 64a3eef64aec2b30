"""The whole service: what is waiting, done at once."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.listen.archive import StandInArchive
from tests.screening.documents.test_fhir_server import DONE, Hospital, address, hospital

import fundusfm
from fundusfm.cli import main
from fundusfm.errors import ConfigError

__all__ = ["hospital"]

Make = Callable[..., bytes]


def test_once_takes_screens_delivers_and_does_it_once(
    tmp_path: Path, weights: str, archive: StandInArchive, photograph: Make
) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    for name in ("a1", "a2", "b1"):
        (folder / name).write_bytes(photograph(name))
    arguments = {"spool": str(tmp_path / "spool"), "watch": [str(folder)], "to": [archive.url], "weights": weights}
    table = fundusfm.listen(**arguments, once=True)  # type: ignore[arg-type]
    assert table["state"].tolist() == ["delivered", "delivered"]
    assert [one.Modality for one in archive.stored] == ["OT", "SR", "OT", "SR", "DOC", "OT", "SR", "DOC"]
    assert len({one.SOPInstanceUID for one in archive.stored}) == 8
    assert fundusfm.listen(**arguments, once=True).equals(table)  # type: ignore[arg-type]
    assert len(archive.stored) == 8


def test_what_is_left_is_exit_code_3_and_is_done_later(tmp_path: Path, weights: str, photograph: Make) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "a").write_bytes(photograph())
    with StandInArchive() as archive:
        url = archive.url
    arguments = ["listen", "--spool", str(tmp_path / "spool"), "--watch", str(folder), "--weights", weights, "--once"]
    assert main([*arguments, "--to", url]) == 3
    with StandInArchive() as another:
        assert main([*arguments, "--to", another.url]) == 0
        assert len(another.stored) == 3


def test_a_fhir_server_gets_the_bundle_and_the_archive_the_instances(
    tmp_path: Path, weights: str, archive: StandInArchive, photograph: Make, hospital: Hospital
) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "a1").write_bytes(photograph("a1"))
    arguments = {"spool": str(tmp_path / "spool"), "watch": [str(folder)], "weights": weights, "once": True,
                 "to": [archive.url, f"fhir+{address(hospital)}"], "patient_system": "urn:hospital"}  # fmt: skip
    hospital.answers = [(503, b""), (200, DONE)]
    assert fundusfm.listen(**arguments)["state"].tolist() == ["screened"]  # type: ignore[arg-type]
    assert fundusfm.listen(**arguments)["state"].tolist() == ["delivered"]  # type: ignore[arg-type]
    assert len(archive.stored) == 3 and len(hospital.received) == 2
    bundle = json.loads(hospital.received[-1][2])
    assert bundle["type"] == "transaction" and "urn:hospital" in json.dumps(bundle)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({}, "--to is missing"),
        ({"ae_title": "A" * 17}, "--ae-title"),
        ({"receive": False}, "--no-receive leaves nothing to do"),
        ({"quiet": -1.0}, "--quiet must be"),
        ({"tls_key": "own.key"}, "--tls-key needs --tls-certificate"),
        ({"host": "0.0.0.0"}, "nobody is named who may send"),
        ({"watch": ["nowhere"], "to": ["dicom://A@127.0.0.1:9"]}, "is no folder"),
    ],
)
def test_wrong_options_are_sentences(options: dict[str, object], sentence: str, tmp_path: Path, weights: str) -> None:
    with pytest.raises(ConfigError, match=sentence):
        fundusfm.listen(spool=str(tmp_path / "spool"), weights=weights, **options)  # type: ignore[arg-type]
