"""`fundusfm data list`, as text and as JSON."""

import json

import pytest

from fundusfm.cli import main
from fundusfm.data.sources.harmonise import harmonisation
from fundusfm.data.sources.listing import describe, overview
from fundusfm.data.sources.registry import NAMES
from fundusfm.errors import SourceError


def test_overview_has_one_line_per_source() -> None:
    lines = overview(json=False).splitlines()
    assert [line.split()[0] for line in lines[: len(NAMES)]] == list(NAMES)
    assert "3,662" in next(line for line in lines if line.startswith("aptos"))
    assert lines[-1] == "fundusfm data list NAME describes one."
    assert max(map(len, lines)) <= 132


def test_overview_as_json() -> None:
    sources = json.loads(overview(json=True))
    assert [source["name"] for source in sources] == list(NAMES)
    assert "read" not in sources[0]


@pytest.mark.parametrize("name", NAMES)
def test_every_description_fits_a_terminal(name: str) -> None:
    text = describe(name, json=False)
    assert text.startswith(f"{name}: ")
    assert max(map(len, text.splitlines())) <= 122  # a layout's lines are not wrapped


def test_a_description_says_all() -> None:
    text = describe("aptos", json=False)
    assert max(map(len, text.splitlines())) <= 110
    text = text.replace("\n      ", " ")  # long lines are continued below their beginning
    for part in (
        "aptos: APTOS 2019",
        "Where:   kaggle.com/",
        "Licence: competition rules",
        "Cite:    APTOS 2019",
        "Expected in FOLDER:\n  train.csv ",
        "Labels:\n  dr_grade: diabetic retinopathy, 0 none",
        "Harmonised labels:\n  abnormal: 1 where dr_grade>=1; 0 where dr_grade=0 (only diabetic",
        "  referable_dr: 1 where dr_grade>=2; 0 where dr_grade<2",
        "Published counts: images 3,662, dr_grade=0 1,805",
        "Known fault: about 130",
    ):
        assert part in text


def test_a_description_leaves_out_what_there_is_not() -> None:
    text = describe("csv", json=False)
    for heading in ("Labels:", "Harmonised", "Published counts", "Known fault"):
        assert heading not in text


def test_a_description_as_json() -> None:
    source = json.loads(describe("aptos", json=True))
    assert source["counts"]["images"] == 3662
    assert source["layout"].startswith("train.csv")
    assert source["harmonised"] == [rule._asdict() for rule in harmonisation("aptos")]


def test_on_the_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["data", "list", "drive"]) == 0
    assert capsys.readouterr().out.startswith("drive: DRIVE\n")
    assert main(["data", "list", "drive", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["name"] == "drive"
    assert main(["data", "list", "driv"]) == 2
    assert "Did you mean drive?" in capsys.readouterr().err


def test_the_whole_list_on_the_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["data", "list"]) == 0
    assert "aptos" in capsys.readouterr().out


def test_an_unknown_name() -> None:
    with pytest.raises(SourceError, match="There are adam, aptos"):
        describe("nothing", json=True)
