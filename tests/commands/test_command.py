"""How commands are made: their signatures, their documentation and their old names."""

import inspect
import subprocess
import sys
from dataclasses import FrozenInstanceError, dataclass, is_dataclass
from pathlib import Path

import pytest

import fundusfm
from fundusfm.commands.command import command, field_docs, options_of
from fundusfm.commands.table import COMMANDS, Command
from fundusfm.config.shared import ResumableFolder

_ids = pytest.mark.parametrize("entry", COMMANDS, ids=lambda entry: entry.name)


@dataclass(frozen=True, kw_only=True)
class _Config(ResumableFolder):
    """Options of a command of this test.

    Attributes:
        paths: Photographs, of which
            there may be many.
        tta: Average mirror images.
    """

    paths: list[str]
    tta: bool = False


@command(_Config, renamed={"files": "paths"})
def _look(config: _Config) -> _Config:
    """Looks.

    Returns:
        The configuration.
    """
    return config


def test_the_signature_is_that_of_the_configuration() -> None:
    assert str(inspect.signature(_look)).startswith("(*, out: ")
    config = _look(out="x", paths=["a"])
    assert (config.paths, config.out, config.resume) == (["a"], "x", False)
    with pytest.raises(FrozenInstanceError):
        config.out = "y"  # type: ignore[misc]
    with pytest.raises(TypeError, match="nonsense"):
        _look(out="x", paths=["a"], nonsense=3)  # type: ignore[call-arg]


def test_options_are_documented_once_and_inherited() -> None:
    assert field_docs(_Config)["paths"] == "Photographs, of which there may be many."
    assert field_docs(_Config)["out"] == field_docs(ResumableFolder)["out"]
    assert "Args:\n    out: " in (_look.__doc__ or "")
    assert (_look.__doc__ or "").index("Args:") < (_look.__doc__ or "").index("Returns:")


def test_old_names_work_with_a_warning() -> None:
    with pytest.warns(DeprecationWarning, match="flips is now called tta"):
        assert _look(out="x", paths=["a"], flips=True).tta  # type: ignore[call-arg]
    with pytest.warns(DeprecationWarning, match="files is now called paths"):
        assert _look(out="x", files=["a"]).paths == ["a"]  # type: ignore[call-arg]


@_ids
def test_every_command_has_one_frozen_documented_configuration(entry: Command) -> None:
    function = entry.load()
    config = function.config  # type: ignore[attr-defined]
    assert is_dataclass(config)
    assert config.__dataclass_params__.frozen  # type: ignore[attr-defined]
    assert all(option.help.endswith((".", ")")) for option in options_of(function)), entry.name
    assert set(entry.positional) <= {option.name for option in options_of(function)}


def test_mypy_refuses_options_that_do_not_exist(tmp_path: Path) -> None:
    names = [entry.target.partition(":")[2] for entry in COMMANDS] + ["load"]
    script = tmp_path / "calls.py"
    script.write_text("import fundusfm\n" + "".join(f"fundusfm.{name}(nonsense=3)\n" for name in names))
    source = Path(fundusfm.__path__[0])
    signatures = [source / "__init__.py", source / "screening/model.py"]
    signatures += [*(source / "commands").glob("*.py"), *(source / "config").glob("*.py")]
    # Following every import would check the whole package with its libraries, which takes minutes.
    checked = subprocess.run(
        [
            *(sys.executable, "-m", "mypy", "--no-error-summary", "--follow-imports=skip"),
            *("--cache-dir", str(tmp_path / "cache"), str(script), *map(str, signatures)),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    refused = [line for line in checked.stdout.splitlines() if 'Unexpected keyword argument "nonsense"' in line]
    assert len(refused) == len(names), checked.stdout + checked.stderr
