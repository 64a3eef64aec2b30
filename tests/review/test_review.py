"""Starting, continuing and locking a review."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from tests.review.conftest import give

import fundusfm
from fundusfm.errors import RunFolderError
from fundusfm.review.desk import Desk
from fundusfm.review.record import FILE, ReviewRecord
from fundusfm.runs import exclusive_lock


def test_the_same_command_continues(
    start: Callable[..., ReviewRecord], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    first = start(reasons=["doubtful"], control=1.0)
    assert "To read: 1 doubtful, 1 controls; labels abnormal, glaucoma." in capsys.readouterr().err
    give(Desk(first), 1, "anna", 1)
    again = start(source=str(tmp_path / "gone.csv"))
    assert "is continued" in capsys.readouterr().err and len(again.grades()) == 1


def test_files_that_cannot_be_opened_are_counted_and_their_grades_are_not(
    start: Callable[..., ReviewRecord], results: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    table = pd.read_csv(results, dtype=str)
    table.loc[0, "image"], table.loc[6, "status"] = "gone.jpg", "failed"
    table.to_csv(results, index=False)
    record = start(control=0)
    said = capsys.readouterr().err
    assert "To read, each counted under its first reason: 1 ungradable, 1 uncertain, 1 referred, 0 controls" in said
    assert "cannot be opened: 2;" in said
    for reader in ("anna", "bert"):  # as earlier versions took them
        give(Desk(record), 1, reader, 0)
        give(Desk(record), 2, reader, 0)
    assert Desk(record).progress("anna").read == 1
    found = fundusfm.export_review(folder=str(tmp_path))
    assert found.consensus["abnormal.how"].tolist().count("unanimous") == 1
    assert found.consensus["abnormal.how"][0] == "not read" and len(found.votes) == 4


def test_one_server_at_a_time(results: Path, tmp_path: Path) -> None:
    with exclusive_lock(tmp_path, command="review"), pytest.raises(RunFolderError, match="at work"):
        fundusfm.review(source=str(results), out=str(tmp_path), port=0)
    assert not (tmp_path / FILE).exists()
