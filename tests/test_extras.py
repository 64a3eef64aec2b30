"""Optional parts: what is looked for is what the package declares, and who needs one says so before any work."""

import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

import fundusfm
from fundusfm import extras
from fundusfm.cli import main
from fundusfm.commands.table import COMMANDS, Command
from fundusfm.errors import MissingExtraError

_PROJECT = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text(encoding="utf-8"))["project"]


@pytest.fixture
def nothing_optional(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(extras, "find_spec", lambda name: None)
    monkeypatch.chdir(tmp_path)


@pytest.mark.usefixtures("nothing_optional")
@pytest.mark.parametrize("command", [command for command in COMMANDS if command.extra], ids=lambda c: c.name)
def test_a_command_names_the_extra_it_needs(
    command: Command, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert main(shlex.split(command.example)[1:]) == 2
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    assert told.startswith(f"fundusfm: fundusfm {command.name} needs ")
    assert told.rstrip().endswith(f"pip install 'fundusfm[{command.extra}]' [E-EXTRA]")
    assert not list(tmp_path.iterdir()), "nothing was begun"


@pytest.mark.usefixtures("nothing_optional")
def test_python_functions_say_the_same() -> None:
    with pytest.raises(
        MissingExtraError, match=r"^fundusfm probe needs the extra \[train\]: torch is .*fundusfm\[train\]"
    ):
        fundusfm.probe(data="s", labels=["a"], weights="light", out="o")
    with pytest.raises(
        MissingExtraError, match=r"--no-map leaves it out\) needs the extra \[train\]: torch is .*fundusfm\[train\]"
    ):
        fundusfm.embed(weights="light", data=["s"], out="o")


@pytest.mark.usefixtures("nothing_optional")
@pytest.mark.parametrize(
    ("tokens", "extra"),
    [
        (["explain", "photograph.jpg", "--cam", "hirescam", "--out", "maps"], "train"),
        (["predict", "photograph.jpg", "--engine", "ray", "--out", "results.csv"], "ray"),
    ],
)
def test_an_option_that_needs_an_extra_leaves_nothing(
    tokens: list[str], extra: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "photograph.jpg").write_bytes(b"")
    assert main(tokens) == 2
    assert f"needs the extra [{extra}]: " in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["photograph.jpg"]


def test_what_is_looked_for_comes_with_the_extra() -> None:
    declared = {
        name: {Requirement(line).name for line in lines} for name, lines in _PROJECT["optional-dependencies"].items()
    }
    for extra, packages in extras.PACKAGES.items():
        assert set(packages.values()) <= declared[extra], extra


def test_the_base_brings_nothing_that_trains() -> None:
    base = {Requirement(line).name for line in _PROJECT["dependencies"]}
    train = {Requirement(line).name for line in _PROJECT["optional-dependencies"]["train"]}
    assert not base & train
    assert not base & set(extras.PACKAGES["train"].values())


def test_looking_for_an_extra_imports_nothing() -> None:
    code = "import sys; from fundusfm.extras import require_extra; require_extra('train', 'this')"
    code += "\nsys.exit(len({'torch', 'timm', 'onnx', 'skimage'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
