import errno
import json
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fundusfm.errors import AuditError
from fundusfm.screening.audit.chain import head_path
from fundusfm.screening.audit.log import AuditLog
from fundusfm.screening.audit.verify import verify_logs

_WRITER = """
import sys
from pathlib import Path
from fundusfm.screening.audit.log import AuditLog
log = AuditLog(Path(sys.argv[1]), how="predict", model="tiny", weights="00")
for number in range(int(sys.argv[2])):
    log.add([{"status": "ok", "writer": sys.argv[3], "number": number}] * 4)
    print(number, flush=True)
"""


def _open(path: Path) -> AuditLog:
    return AuditLog(path, how="predict", model="tiny", weights="00")


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def _write(path: Path, count: int, writer: str) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", _WRITER, str(path), str(count), writer]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def test_each_photograph_is_a_line_after_the_start(tmp_path: Path) -> None:
    log = _open(tmp_path / "audit.jsonl")
    log.add([{"status": "ok"}, {"status": "failed"}])
    log.add([])

    start, *rest = _lines(tmp_path / "audit.jsonl")
    assert (start["event"], start["after"], start["previous"]) == ("start", None, "")
    assert [line["status"] for line in rest] == ["ok", "failed"]
    assert {line["model"] for line in rest} == {"tiny"}
    assert [line["n"] for line in (start, *rest)] == [1, 2, 3]
    assert verify_logs([tmp_path / "audit.jsonl"])[0].ok


def test_nothing_is_written_before_the_first_photograph(tmp_path: Path) -> None:
    _open(tmp_path / "audit.jsonl")
    assert not (tmp_path / "audit.jsonl").exists()


def test_a_folder_that_does_not_exist_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(AuditError, match="a folder that exists"):
        _open(tmp_path / "typo" / "audit.jsonl")
    assert not (tmp_path / "typo").exists()


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_a_writer_killed_at_any_byte_is_owned_up_to(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    path = tmp_path_factory.mktemp("audit") / "audit.jsonl"
    log = _open(path)
    log.add([{"number": 0}])
    before, head = path.stat().st_size, head_path(path).read_bytes()
    log.add([{"number": 1}, {"number": 2}])
    for _ in range(data.draw(st.integers(1, 3))):  # killed again while it owned up to the last time
        cut = data.draw(st.integers(before, path.stat().st_size))
        os.truncate(path, cut)
        head_path(path).write_bytes(head)
        whole = path.read_bytes().endswith(b"\n")
        log.add([{"number": 3}])
    report = verify_logs([path])[0]
    assert report.ok, report
    assert bool(report.repairs) or whole


def test_a_log_whose_first_line_was_cut_still_starts(tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    path.write_bytes(b'{"n":1,"prev')
    _open(path).add([{"status": "ok"}])
    report = verify_logs([path])[0]
    assert report.ok and report.repairs == (2,) and report.photographs == 1


def test_a_killed_process_leaves_a_log_that_can_be_continued(tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    with _write(path, 10_000, "a") as process:
        assert process.stdout is not None
        for _ in range(3):
            process.stdout.readline()
        time.sleep(0.05)
        process.send_signal(signal.SIGKILL)
    _open(path).add([{"status": "ok"}])
    report = verify_logs([path])[0]
    assert report.ok and report.photographs >= 13


def test_processes_and_threads_share_a_log(tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    log = _open(path)
    with _write(path, 5, "a") as first, ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda number: log.add([{"writer": "b", "number": number}]), range(8)))
        first.communicate()
    assert first.returncode == 0
    report = verify_logs([path])[0]
    assert report.ok and report.photographs == 5 * 4 + 8


def test_a_moved_log_is_named_by_the_next_one(tmp_path: Path) -> None:
    old, path = tmp_path / "audit-1.jsonl", tmp_path / "audit.jsonl"
    log = _open(path)
    log.add([{"status": "ok"}])
    path.rename(old)
    log.add([{"status": "ok"}])

    first, second = verify_logs([old, path])
    assert first.ok and second.ok and second.after == first.last
    assert first.note == ""  # its head file went to the next one, which names its end
    assert _lines(path)[0]["after"]["lines"] == 2


def test_a_log_that_was_cut_is_not_continued(tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    log = _open(path)
    log.add([{"number": 1}, {"number": 2}])
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:-1]))
    with pytest.raises(AuditError, match="was cut or changed"):
        log.add([{"number": 3}])
    with pytest.raises(AuditError, match="counts 3 lines"):
        _open(path)


def test_a_full_disk_leaves_no_half_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "audit.jsonl"
    log = _open(path)
    log.add([{"number": 1}])

    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(AuditError, match="No space left"):
            log.add([{"number": 2}])
    log.add([{"number": 3}])
    assert [line.get("number") for line in _lines(path)[1:]] == [1, 3]
    report = verify_logs([path])[0]
    assert report.ok and not report.repairs


def test_a_log_that_cannot_be_written_is_refused_at_once(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(AuditError, match="cannot be written"):
        _open(tmp_path / "file" / "audit.jsonl")
    (tmp_path / "audit.jsonl").mkdir()
    with pytest.raises(AuditError, match="cannot be written"):
        _open(tmp_path / "audit.jsonl").add([{"number": 1}])


def test_long_lines_are_found_again(tmp_path: Path) -> None:
    log = _open(tmp_path / "audit.jsonl")
    for number in range(3):
        log.add([{"number": number, "long": "x" * 100_000}])
    assert verify_logs([tmp_path / "audit.jsonl"])[0].photographs == 3
