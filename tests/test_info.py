"""`fundusfm info`: the facts, for people and for machines."""

import json

import pytest
import timm

from fundusfm.cli import main
from fundusfm.commands.table import COMMANDS
from fundusfm.data.fov.detect import CROP_VERSION
from fundusfm.info import RECOMMENDED_BACKBONES, describe, installed, missing_by_extra


def test_json_holds_the_facts(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["info", "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["strategies"] == ["scratch", "imagenet", "fundus", "imagenet+fundus"]
    assert facts["tasks"] == ["binary", "multiclass", "multilabel"]
    assert facts["crop"] == CROP_VERSION
    assert set(facts["commands"]) == {command.name for command in COMMANDS}


def test_lines_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["info"]) == 0
    out = capsys.readouterr().out
    assert "version: " in out
    assert "mobilenetv2_100" in out


def test_the_cache_folder_can_be_moved(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FUNDUSFM_CACHE", "elsewhere")
    assert describe()["cache"] == "elsewhere"


def test_recommended_backbones_exist() -> None:
    assert set(RECOMMENDED_BACKBONES) <= set(timm.list_models())


def test_extras() -> None:
    assert installed("no-such-package") is None
    assert "dev" in missing_by_extra()
