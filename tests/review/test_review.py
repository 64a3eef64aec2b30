"""Starting, continuing and locking a review."""

from collections.abc import Callable
from pathlib import Path

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


def test_one_server_at_a_time(results: Path, tmp_path: Path) -> None:
    with exclusive_lock(tmp_path, command="review"), pytest.raises(RunFolderError, match="at work"):
        fundusfm.review(source=str(results), out=str(tmp_path), port=0)
    assert not (tmp_path / FILE).exists()
