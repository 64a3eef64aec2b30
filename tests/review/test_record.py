"""The file of a review: nothing is lost, nothing is changed in place."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.review.conftest import give

from fundusfm.errors import ConfigError
from fundusfm.review.desk import Desk
from fundusfm.review.record import FILE, ReviewRecord, open_record


def test_a_second_grade_is_a_revision_also_after_undo(desk: Desk) -> None:
    give(desk, 1, "anna", 1)
    give(desk, 1, "anna", 0)
    taken = desk.record.undo("anna")
    assert taken is not None and taken.kind == "revision"
    assert desk.record.undo("anna") is not None
    give(desk, 1, "anna", 1)
    assert [(grade.kind, grade.undone) for grade in desk.record.grades(undone=True)] == [
        ("reading", True), ("revision", True), ("revision", False),
    ]  # fmt: skip
    assert desk.record.undo("bert") is None


def test_a_review_is_continued(start: Callable[..., ReviewRecord], tmp_path: Path) -> None:
    first = Desk(start())
    give(first, 1, "anna", None, comment="dark")
    first.record.close()
    again = open_record(tmp_path)
    assert again.labels == ["abnormal", "glaucoma"]
    assert again.grades()[0].labels == {"abnormal": None, "glaucoma": 0} and again.grades()[0].comment == "dark"


def test_what_is_no_review_is_said(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"holds no review\.sqlite"):
        open_record(tmp_path)
    (tmp_path / FILE).write_bytes(b"no database, however long it may be" * 100)
    with pytest.raises(ConfigError, match="is damaged"):
        open_record(tmp_path)
    (tmp_path / FILE).unlink()
    sqlite3.connect(tmp_path / FILE).close()
    with pytest.raises(ConfigError, match="is damaged"):
        open_record(tmp_path)


_WRITER = """
import sys
from fundusfm.review.record import open_record
record = open_record(sys.argv[1])
for number in range(10**6):
    print(record.add(1, "anna", {"abnormal": number % 2}, quality="good", comment="", seconds=1), flush=True)
"""


def test_a_grade_that_was_confirmed_survives_kill_9(start: Callable[..., ReviewRecord], tmp_path: Path) -> None:
    start().close()
    writer = subprocess.Popen([sys.executable, "-c", _WRITER, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert writer.stdout is not None and writer.stdout.readline() == "1\n"
    time.sleep(0.3)
    os.kill(writer.pid, signal.SIGKILL)
    confirmed = [1, *map(int, writer.stdout.read().split())]
    writer.wait()
    kept = [grade.id for grade in open_record(tmp_path).grades()]
    assert kept[: len(confirmed)] == confirmed and len(kept) - len(confirmed) <= 1
