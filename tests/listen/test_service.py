"""The whole service: what is waiting, done at once."""

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.listen.archive import StandInArchive

import fundusfm
from fundusfm.cli import main
from fundusfm.errors import ConfigError

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
