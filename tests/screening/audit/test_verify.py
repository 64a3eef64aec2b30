from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fundusfm.errors import AuditError
from fundusfm.screening.audit.chain import head_path
from fundusfm.screening.audit.log import AuditLog
from fundusfm.screening.audit.verify import read_photographs, verify_logs

_PHOTOGRAPHS = 6


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A log of six photographs: seven lines."""
    path = tmp_path_factory.mktemp("audit") / "audit.jsonl"
    writer = AuditLog(path, how="serve", model="tiny", weights="00")
    for number in range(_PHOTOGRAPHS):
        writer.add([{"status": "ok", "number": number}])
    return path


def _copy(log: Path, folder: Path, content: bytes, *, head: bool = True) -> Path:
    path = folder / "audit.jsonl"
    path.write_bytes(content)
    if head:
        head_path(path).write_bytes(head_path(log).read_bytes())
    return path


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_whatever_is_done_to_a_log_shows(
    log: Path, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    lines = log.read_bytes().splitlines(keepends=True)
    where = data.draw(st.integers(0, len(lines) - 1))
    kind = data.draw(st.sampled_from(["remove", "double", "swap", "change", "cut", "insert"]))
    match kind:
        case "remove":
            del lines[where]
        case "double":
            lines.insert(where, lines[where])
        case "swap":
            other = data.draw(st.integers(0, len(lines) - 1).filter(lambda place: place != where))
            lines[where], lines[other] = lines[other], lines[where]
        case "change":
            line = bytearray(lines[where])
            line[data.draw(st.integers(0, len(line) - 1))] ^= data.draw(st.integers(1, 255))
            lines[where] = bytes(line)
        case "cut":
            lines = lines[:where]
        case "insert":
            lines.insert(where, data.draw(st.sampled_from([b"{}\n", b"\n", b"x\n", b'{"n":3}\n'])))
    report = verify_logs([_copy(log, tmp_path_factory.mktemp("changed"), b"".join(lines))])[0]
    assert not report.ok


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda lines: lines[:3] + lines[4:], "line 4 says that it is line 5"),
        (lambda lines: [*lines[:2], lines[2].replace(b"ok", b"no"), *lines[3:]], "line 3 was changed"),
        (lambda lines: [*lines[:4], b"garbage\n", *lines[5:]], "line 5 is damaged"),
        (lambda lines: lines[:-2], "ends after line 5, but the head file counts 7"),
        (lambda lines: lines[1:], "line 1 says that it is line 2"),
        (lambda lines: [], "ends after line 0"),
        (lambda lines: [*lines[:-1], lines[-1].replace(b"ok", b"no")], "line 7 is not the one that the head file"),
    ],
)
def test_the_first_bad_line_is_named(log: Path, tmp_path: Path, change: object, sentence: str) -> None:
    lines = change(log.read_bytes().splitlines(keepends=True))  # type: ignore[operator]
    report = verify_logs([_copy(log, tmp_path, b"".join(lines))])[0]
    assert sentence in report.fault
    assert sentence in str(report)


def test_without_a_head_file_the_end_cannot_be_told(log: Path, tmp_path: Path) -> None:
    lines = log.read_bytes().splitlines(keepends=True)
    copy = _copy(log, tmp_path, b"".join(lines[:-1]), head=False)
    (report,) = verify_logs([copy])
    assert not report.ok and "head file is missing, so lines at its end may be missing" in str(report)
    assert len(list(read_photographs(copy))) == _PHOTOGRAPHS - 1
    assert verify_logs([copy], known=report.last)[0].ok


def test_a_log_that_was_moved_away_is_told_by_the_one_after_it(tmp_path: Path) -> None:
    path, moved = tmp_path / "audit.jsonl", tmp_path / "old.jsonl"
    writer = AuditLog(path, how="serve", model="tiny", weights="00")
    writer.add([{"status": "ok"}])
    path.rename(moved)
    writer.add([{"status": "ok"}])
    assert all(report.ok for report in verify_logs([moved, path]))
    moved.write_bytes(moved.read_bytes().splitlines(keepends=True)[0])
    first, second = verify_logs([moved, path])
    assert "head file is missing" in first.fault and "does not name the end" in second.fault


def test_half_a_line_at_the_end_is_named_and_not_counted(log: Path, tmp_path: Path) -> None:
    (report,) = verify_logs([_copy(log, tmp_path, log.read_bytes() + b'{"n":8,"prev')])
    assert report.ok and report.lines == _PHOTOGRAPHS + 1 and report.last == verify_logs([log])[0].last
    assert f"with {_PHOTOGRAPHS + 1} lines" in str(report) and "Line 8, its last, is half written" in str(report)


def test_a_hash_kept_elsewhere_tells_a_log_that_was_written_anew(log: Path, tmp_path: Path) -> None:
    kept = verify_logs([log])[0].last
    assert verify_logs([log], known=kept)[0].ok
    anew = tmp_path / "audit.jsonl"
    AuditLog(anew, how="serve", model="tiny", weights="00").add([{"status": "ok"}])
    assert "no line has the hash" in verify_logs([anew], known=kept)[0].fault


def test_logs_that_were_started_apart_are_each_in_order(log: Path, tmp_path: Path) -> None:
    other = tmp_path / "audit.jsonl"
    AuditLog(other, how="serve", model="tiny", weights="00").add([{"status": "ok"}])
    first, second = verify_logs([log, other])
    assert first.ok and second.ok
    assert "continues none of the logs before it" in str(second)


def test_photographs_are_read_from_a_log_in_order_only(log: Path, tmp_path: Path) -> None:
    assert [line["number"] for line in read_photographs(log)] == list(range(_PHOTOGRAPHS))
    lines = log.read_bytes().splitlines(keepends=True)
    with pytest.raises(AuditError, match="line 2"):
        list(read_photographs(_copy(log, tmp_path, b"".join(lines[:1] + lines[2:]))))


def test_a_missing_log_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(AuditError, match="cannot be read"):
        verify_logs([tmp_path / "none.jsonl"])


def test_a_damaged_head_file_is_a_sentence(log: Path, tmp_path: Path) -> None:
    path = _copy(log, tmp_path, log.read_bytes())
    head_path(path).write_text("{}")
    with pytest.raises(AuditError, match="head is damaged"):
        verify_logs([path])
