"""The command line, against a table with two small commands of its own."""

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from fundusfm import cli
from fundusfm.cli import main
from fundusfm.commands.table import COMMANDS, Command

_MODULE = '''
from dataclasses import dataclass
from typing import Literal
from fundusfm.commands.command import command
from fundusfm.errors import ManifestError

calls = []

@dataclass(frozen=True, kw_only=True)
class TrainConfig:
    """Options.

    Attributes:
        out: Run folder.
        train: Stores to train on.
        labels: Label columns.
        sizes: Sizes in pixels.
        strategy: How it starts.
        epochs: Passes.
        rate: Learning rate.
        imagenet_weights: File of weights.
        pos_weight: Weigh positives.
        overwrite: Replace.
        resume: Continue.
    """

    out: str
    train: list[str]
    labels: list[str] | None = None
    sizes: list[int] | None = None
    strategy: Literal["scratch", "fundus"] = "scratch"
    epochs: int = 3
    rate: float | None = None
    imagenet_weights: str | None = None
    pos_weight: bool = True
    overwrite: bool = False
    resume: bool = False

@dataclass(frozen=True, kw_only=True)
class CheckConfig:
    """Options.

    Attributes:
        manifest: The table.
        labels: Label columns.
        json: Print JSON.
    """

    manifest: str
    labels: list[str] | None = None
    json: bool = False

@command(TrainConfig)
def train(config: TrainConfig) -> None:
    """Trains on stores."""
    calls.append(vars(config))
    if config.out == "interrupt":
        raise KeyboardInterrupt
    if config.out == "bug":
        raise ZeroDivisionError("a bug")

@command(CheckConfig)
def check(config: CheckConfig) -> int:
    """Checks a manifest."""
    calls.append(vars(config))
    if config.manifest == "missing.csv":
        raise ManifestError("missing.csv does not exist: give the path of a table.", code="MISSING")
    return 2 if config.manifest == "faulty.csv" else 0

def code(result: int) -> int:
    return result
'''


@pytest.fixture
def calls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, object]]:
    """Puts two commands in the table and returns the calls they receive."""
    (tmp_path / "two_commands.py").write_text(_MODULE)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "two_commands", raising=False)
    monkeypatch.setattr(
        cli,
        "COMMANDS",
        (
            Command("train", "two_commands:train", "trains", "fundusfm train --out run --train A"),
            Command(
                "data check",
                "two_commands:check",
                "checks",
                "fundusfm data check x.csv",
                ("manifest",),
                "two_commands:code",
            ),
        ),
    )
    import two_commands  # type: ignore[import-not-found]

    return two_commands.calls  # type: ignore[no-any-return]


def _run(typed: str) -> int:
    return main(shlex.split(typed))


def test_overview_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert _run("--help") == main([]) == 0
    out = capsys.readouterr().out
    assert all(f"  {command.name} " in out and command.help in out for command in COMMANDS)


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert _run("--version") == 0
    assert capsys.readouterr().out[0].isdigit()


def test_lists_flags_dashes_and_numbers(calls: list[dict[str, object]]) -> None:
    assert (
        _run(
            "train --out run --train A B C --labels a,b c --sizes 160 224 --imagenet-weights f --epochs 5 "
            "--rate 1e-3 --overwrite --no-pos-weight --strategy fundus"
        )
        == 0
    )
    assert calls == [
        {
            "out": "run",
            "train": ["A", "B", "C"],
            "labels": ["a", "b", "c"],
            "sizes": [160, 224],
            "imagenet_weights": "f",
            "epochs": 5,
            "rate": 0.001,
            "overwrite": True,
            "pos_weight": False,
            "strategy": "fundus",
            "resume": False,
        }
    ]


def test_other_ways_to_write_the_same(calls: list[dict[str, object]]) -> None:
    assert _run("train --out=run --train=A --train B --imagenet_weights=f --overwrite=no --resume=true") == 0
    assert calls[0]["train"] == ["A", "B"]
    assert calls[0]["imagenet_weights"] == "f"
    assert (calls[0]["overwrite"], calls[0]["resume"]) == (False, True)


def test_values_that_look_like_numbers_or_truths_stay_text(calls: list[dict[str, object]]) -> None:
    assert _run("train --out 001 --train 1 null true --labels dr_grade>=2") == 0
    assert (calls[0]["out"], calls[0]["train"]) == ("001", ["1", "null", "true"])
    assert calls[0]["labels"] == ["dr_grade>=2"]


def test_a_path_with_a_comma_is_one_value(calls: list[dict[str, object]], tmp_path: Path) -> None:
    folder = tmp_path / "left,right"
    folder.mkdir()
    assert main(["train", "--out", "run", "--train", str(folder), f"NAME={folder}"]) == 0
    assert calls[0]["train"] == [str(folder), f"NAME={folder}"]


def test_positional_and_returned_exit_code(calls: list[dict[str, object]]) -> None:
    assert _run("data check clean.csv --json") == 0
    assert _run("data check --json faulty.csv") == 2
    assert _run("data check --manifest clean.csv --labels a") == 0
    assert [call["manifest"] for call in calls] == ["clean.csv", "faulty.csv", "clean.csv"]


def test_config_gives_defaults_and_the_command_line_wins(calls: list[dict[str, object]], tmp_path: Path) -> None:
    config = tmp_path / "config.yaml"
    config.write_text("out: run\ntrain: [A, B]\nlabels: null\nepochs: 7\nrate: null\nstrategy: fundus\n")
    assert main(["train", "--epochs", "9", "--config", str(config), "--resume"]) == 0
    assert (calls[0]["epochs"], calls[0]["train"], calls[0]["strategy"]) == (9, ["A", "B"], "fundus")
    assert calls[0]["resume"] is True


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("trian --out x", "Did you mean: fundusfm train?"),
        ("data chek x.csv", "Did you mean: fundusfm data check?"),
        ("data nothing", "Known: data check."),
        ("train --out x --train A --epoch 3", "Did you mean --epochs?"),
        ("train --out x", "--train requires an argument"),
        ("train --out --train A", "--out requires an argument"),
        ("train --out x --train", "--train needs at least one value"),
        ("train --out x --train A --epochs many", "many"),
        ("train --out x --train A --strategy best", "best"),
        ("train --out x --train A --overwrite=perhaps", "Invalid value for --overwrite"),
        ("train x --out x --train A", "Unexpected value 'x'"),
        ("train --config missing.yaml", "missing.yaml"),
        ("data check missing.csv", "missing.csv does not exist: give the path"),
    ],
)
def test_mistakes_are_one_sentence_and_exit_2(
    typed: str, sentence: str, calls: list[dict[str, object]], capsys: pytest.CaptureFixture[str]
) -> None:
    assert _run(typed) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("fundusfm: ")
    assert sentence in captured.err
    assert "Traceback" not in captured.err
    assert captured.err.count("\n") == 1


def test_interrupt_while_libraries_are_imported(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(command: Command) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Command, "load", interrupted)
    assert main(["doctor"]) == 130
    assert capsys.readouterr().err == "\nfundusfm: interrupted.\n"


def test_interrupt_says_how_to_continue(calls: list[dict[str, object]], capsys: pytest.CaptureFixture[str]) -> None:
    assert _run("train --out interrupt --train A") == 130
    assert "--resume" in capsys.readouterr().err


def test_a_bug_keeps_its_traceback(calls: list[dict[str, object]]) -> None:
    with pytest.raises(ZeroDivisionError):
        _run("train --out bug --train A")


def test_help_shows_options_as_they_are_typed(
    calls: list[dict[str, object]], capsys: pytest.CaptureFixture[str]
) -> None:
    assert _run("train --help") == 0
    out = capsys.readouterr().out
    assert "--imagenet-weights" in out
    assert "{true,false}" not in out
    assert "Stores to train on." in out
    assert _run("data check --help") == 0
    assert "MANIFEST" in capsys.readouterr().out
    assert _run("data") == _run("data --help") == 0
    assert "data check" in capsys.readouterr().out
    assert not calls


def test_as_a_module_and_with_a_reader_that_leaves() -> None:
    result = subprocess.run([sys.executable, "-m", "fundusfm", "nothing"], capture_output=True, text=True, check=False)
    assert result.returncode == 2
    assert result.stderr.startswith("fundusfm: Unknown command")
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as gone:
        result = subprocess.run(
            [sys.executable, "-u", "-m", "fundusfm", "weights", "list"],
            stdout=gone,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert "Traceback" not in result.stderr
