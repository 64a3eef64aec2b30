"""Every refusal has a word and an advice."""

import zipfile
from pathlib import Path

import pytest

from fundusfm.data.decode.image import read_bytes
from fundusfm.errors import DecodeError
from fundusfm.screening.advice import FAILED, NOT_FOUND, NOT_FUNDUS, NOT_READ, TOO_SLOW, advice_for
from fundusfm.screening.gates.quality import REASONS


def test_every_reason_of_the_gate_has_an_advice_of_its_own() -> None:
    said = [advice_for("ungradable", reason.format(diameter=80)) for reason in REASONS.values()]
    assert len({advice.what for advice in said}) == len(REASONS)
    assert all(advice.do.endswith(".") for advice in said)


@pytest.mark.parametrize(("status", "advice"), [("failed", FAILED), ("not_fundus", NOT_FUNDUS)])
def test_what_is_no_photograph(status: str, advice: object) -> None:
    assert advice_for(status, "whatever was seen") == advice


def test_a_busy_server_says_nothing_about_the_photograph() -> None:
    said = advice_for("failed", f"a.dcm {TOO_SLOW} (20 seconds): send it again.")
    assert said == NOT_READ and "take" not in f"{said.what} {said.do}"


def test_a_file_that_is_not_there_is_no_photograph_to_take_again(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("one.png", b"")
    (tmp_path / "link.png").symlink_to("gone.png")
    for path in ("gone.png", "link.png", "a.zip/two.png"):
        with pytest.raises(DecodeError) as raised:
            read_bytes(tmp_path / path)
        assert advice_for("failed", str(raised.value)) == NOT_FOUND


def test_a_black_picture_may_be_a_dark_fundus() -> None:
    said = advice_for("not_fundus", "not a colour fundus photograph: nearly all of it is black")
    assert "too dark" in said.do and said != NOT_FUNDUS


def test_an_unknown_reason_is_repeated() -> None:
    assert advice_for("ungradable", "spotted").what == "spotted"
    assert "refer the eye" in advice_for("ungradable", "").do
