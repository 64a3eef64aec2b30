"""Limits of the machine end in one sentence with a code, from Python and on the command line."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

import fundusfm
from fundusfm.errors import SystemLimitError
from fundusfm.system_limits import as_system_limit


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (errno.ENOSPC, "E-SYSTEM-SPACE"),
        (errno.EROFS, "E-SYSTEM-READ-ONLY"),
        (errno.EACCES, "E-SYSTEM-PERMISSION"),
        (errno.EMFILE, "E-SYSTEM-HANDLES"),
        (errno.ENOENT, "E-SYSTEM-GONE"),
    ],
)
def test_each_limit_has_a_sentence(number: int, code: str) -> None:
    limit = as_system_limit(OSError(number, os.strerror(number), "/data/run\x1b[31m"))
    assert limit is not None
    assert limit.code == code
    assert "/data/run\\x1b[31m: " in str(limit)
    assert "To mend it: " in str(limit)


def test_other_errors_stay_what_they_are() -> None:
    assert as_system_limit(OSError(errno.ECONNRESET, "reset")) is None


def _in_full_folder(tmp_path: Path, command: str) -> subprocess.CompletedProcess[str]:
    """Runs a command in a name space where `full` is a file system of 1 MB."""
    (tmp_path / "full").mkdir(exist_ok=True)
    script = f"mount -t tmpfs -o size=1m tmpfs {tmp_path}/full && cd {tmp_path}/full && {command}"
    return subprocess.run(["unshare", "-m", "sh", "-c", script], capture_output=True, text=True, check=False)


@pytest.mark.skipif(
    sys.platform != "linux" or subprocess.run(["unshare", "-m", "true"], check=False, capture_output=True).returncode,
    reason="needs the right to mount",
)
def test_a_full_disk_and_a_read_only_one(tmp_path: Path) -> None:
    synth = f"{sys.executable} -m fundusfm data synth --out s --count 40 --size 384 --workers 1"
    full = _in_full_folder(tmp_path, synth)
    assert full.returncode == 2, full.stderr
    assert "[E-SYSTEM-SPACE]" in full.stderr
    read_only = _in_full_folder(tmp_path, f"mount -o remount,ro {tmp_path}/full && {synth}")
    assert read_only.returncode == 2, read_only.stderr
    assert "[E-SYSTEM-READ-ONLY]" in read_only.stderr
    assert "Traceback" not in full.stderr + read_only.stderr


def test_from_python(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SystemLimitError) as refused:
        fundusfm.synth(out=str(tmp_path / "file" / "folder"), count=2, size=64)
    assert refused.value.code == "E-SYSTEM-GONE"
