"""Progress: every item passes through, and a log without a terminal gets plain lines."""

import io
import sys

import pytest

from fundusfm import progress
from fundusfm.progress import track


def test_items_pass_through_unchanged() -> None:
    assert list(track([3, 1, 2], label="sorting")) == [3, 1, 2]


def test_without_a_terminal_lines_are_printed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(progress, "_SECONDS_BETWEEN_LINES", 0.0)
    list(track(range(3), label="decode", unit="photo"))
    lines = capsys.readouterr().err.splitlines()
    assert lines[0].startswith("decode: 1/3 photo, ")
    assert "s left" in lines[0]
    assert lines[-1].startswith("decode: 3/3 photo")
    assert "\r" not in "".join(lines)


def test_the_total_of_a_generator_may_be_unknown_or_told(capsys: pytest.CaptureFixture[str]) -> None:
    list(track(iter("ab"), label="read"))
    assert capsys.readouterr().err.startswith("read: 2 it")
    list(track(iter("ab"), label="read", total=2))
    assert capsys.readouterr().err.startswith("read: 2/2 it")


def test_nothing_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    assert list(track([], label="empty")) == []
    assert capsys.readouterr().err.startswith("empty: 0")


def test_on_a_terminal_there_is_a_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = io.StringIO()
    monkeypatch.setattr(terminal, "isatty", lambda: True)
    monkeypatch.setattr(sys, "stderr", terminal)
    assert list(track(range(5), label="train", unit="batch")) == [0, 1, 2, 3, 4]
    assert "train: 100%" in terminal.getvalue()


def test_an_error_in_the_work_is_passed_on() -> None:
    def items() -> object:
        yield 1
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        list(track(items(), label="work"))  # type: ignore[arg-type]
