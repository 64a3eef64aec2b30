"""A file system on which one folder alone can be written, as Python programs meet it.

`sitecustomize.py` of a folder on PYTHONPATH refuses every other write in all Python processes with the error of a file
system that is mounted read-only. Where the kernel can (Linux 6.3), it also forbids memory that is both written and
executed, as `MemoryDenyWriteExecute=` of systemd does.
"""

from pathlib import Path

_CODE = """
import ctypes
import errno
import os
import sys

_WRITABLE = tuple(os.environ["TEST_WRITABLE"].split(os.pathsep))
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_CHANGES = {"os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.link", "os.symlink", "os.truncate", "os.chmod"}
_PR_SET_MDWE, _REFUSE_EXEC_GAIN = 65, 1


def refuse(event, arguments):
    if event == "open":
        path, _, flags = arguments
        if not flags & _WRITES:
            return
    elif event in _CHANGES:
        path = arguments[0]
    else:
        return
    if isinstance(path, int):
        return
    if not os.path.abspath(os.fsdecode(path)).startswith(_WRITABLE):
        raise OSError(errno.EROFS, os.strerror(errno.EROFS), path)


if sys.platform == "linux":
    ctypes.CDLL(None).prctl(_PR_SET_MDWE, _REFUSE_EXEC_GAIN, 0, 0, 0)
sys.addaudithook(refuse)
"""


def read_only(folder: Path, writable: Path) -> dict[str, str]:
    """Prepares a folder and returns the variables with which a process can write below `writable` only."""
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(_CODE)
    return {
        "PYTHONPATH": str(folder),
        "PYTHONDONTWRITEBYTECODE": "1",
        "TEST_WRITABLE": f"{writable}:/dev/null:/dev/shm",
        "HOME": str(writable),
        "TMPDIR": str(writable),
    }
