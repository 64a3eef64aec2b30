"""What people type, and the help they get: one golden file for each command."""

import difflib
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fundusfm.commands.parsing import help_text, parse
from fundusfm.commands.table import COMMANDS, Command
from fundusfm.errors import ConfigError

_GOLDEN = Path(__file__).parent / "help"
_ENTRIES = {entry.name: entry for entry in COMMANDS}


def _parse(typed: str) -> dict[str, object]:
    name = next(name for name in _ENTRIES if typed.startswith(name))
    return parse(_ENTRIES[name], _ENTRIES[name].load(), typed.removeprefix(name).split())


@pytest.mark.parametrize("entry", COMMANDS, ids=lambda entry: entry.name)
def test_help_is_as_it_was_approved(entry: Command) -> None:
    """Compares the help with its golden file; FUNDUSFM_APPROVE=1 writes the files anew."""
    text = "\n".join(line.rstrip() for line in help_text(entry, entry.load()).splitlines()) + "\n"
    file = _GOLDEN / f"{entry.name.replace(' ', '-')}.txt"
    if os.environ.get("FUNDUSFM_APPROVE"):
        file.write_text(text, encoding="utf-8")
    approved = file.read_text(encoding="utf-8")
    assert text == approved, "\n".join(difflib.unified_diff(approved.splitlines(), text.splitlines(), lineterm=""))


@pytest.mark.parametrize("entry", COMMANDS, ids=lambda entry: entry.name)
def test_every_example_can_be_parsed(entry: Command) -> None:
    assert entry.example.startswith(f"fundusfm {entry.name}")
    parse(entry, entry.load(), entry.example.removeprefix(f"fundusfm {entry.name}").split())


def test_positional_lists_flags_and_old_names(capsys: pytest.CaptureFixture[str]) -> None:
    found = _parse("predict a b --out x --weights light --ensemble q,r s --flips --by eye")
    assert found == {
        "paths": ["a", "b"],
        "out": "x",
        "weights": "light",
        "ensemble": ["q", "r", "s"],
        "tta": True,
        "per": "eye",
    }
    assert "--flips is now called --tta" in capsys.readouterr().err
    assert _parse("explain --images a b --out x")["paths"] == ["a", "b"]


def test_a_second_bundle_of_weights_joins_the_ensemble(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("a", "b/bundle"):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "card.json").touch()
    found = _parse(f"predict --weights {tmp_path / 'a'} {tmp_path / 'b'} --out x photograph.jpg")
    assert found["ensemble"] == [str(tmp_path / "b")]
    assert "--ensemble" in capsys.readouterr().err


def test_a_configuration_file_is_checked(tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_text("epochs: 4\nkeep: last\nout: x\nstrategy: fundus\nlabels: null\n")
    found = _parse(f"pretrain --config {file} --epochs 5")
    assert found == {"epochs": 5, "checkpoint": "last", "out": "x", "strategy": "fundus"}
    file.write_text("epochs: many\n")
    with pytest.raises(ConfigError, match="epochs is 'many'"):
        _parse(f"pretrain --config {file}")
    file.write_text("epoch: 4\n")
    with pytest.raises(ConfigError, match="unknown option 'epoch'"):
        _parse(f"pretrain --config {file}")


@given(
    st.lists(
        st.text(st.characters(exclude_characters=",", exclude_categories=("C", "Z")), min_size=1).filter(
            lambda text: not text.startswith("-")
        ),
        min_size=1,
    )
)
def test_lists_survive_any_text(values: list[str]) -> None:
    entry = _ENTRIES["pretrain"]
    found = parse(entry, entry.load(), ["--strategy", "fundus", "--out", "x", "--train", *values])
    assert found["train"] == values
