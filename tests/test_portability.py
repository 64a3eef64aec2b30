"""What would not work on Windows or macOS, told from the syntax of every file, and shown where Linux can show it."""

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import fundusfm

_SOURCE = Path(fundusfm.__path__[0])
_HOME = "platforms.py"
"""The one module that may use what some systems lack."""

_MODULES = {"resource", "fcntl", "pwd", "grp", "termios", "tty", "pty", "posix", "syslog", "spwd", "crypt", "nis"}
_OF_OS = {
    *("fork", "forkpty", "kill", "killpg", "nice", "setsid", "getuid", "geteuid", "getgid", "uname", "sysconf"),
    *("statvfs", "getloadavg", "mkfifo", "mknod", "chown", "chroot", "wait", "wait3", "wait4", "sched_getaffinity"),
    *("sched_setaffinity", "sched_yield", "setpriority", "getpriority", "posix_spawn", "pipe2", "openpty", "lockf"),
    *("posix_fadvise", "posix_fallocate", "sendfile", "rename", "renames"),
}
_OF_SIGNAL = {
    *("SIGKILL", "SIGALRM", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2", "SIGCHLD", "SIGPIPE", "SIGSTOP", "SIGCONT"),
    *("alarm", "setitimer", "pause", "sigwait", "pthread_kill", "pthread_sigmask", "ITIMER_REAL"),
}
_KEYWORDS = {"preexec_fn", "start_new_session", "process_group", "pass_fds", "umask"}


def _faults(code: str) -> Iterator[str]:
    """Yields what in a module's code works on some systems only, with its line."""
    for node in ast.walk(ast.parse(code)):
        match node:
            case ast.Import(names=names):
                found = [alias.name for alias in names if alias.name in _MODULES]
            case ast.ImportFrom(module=module) if module in _MODULES:
                found = [str(module)]
            case ast.Attribute(value=ast.Name(id="os"), attr=name) if name in _OF_OS:
                found = [f"os.{name}"]
            case ast.Attribute(value=ast.Name(id="signal"), attr=name) if name in _OF_SIGNAL:
                found = [f"signal.{name}"]
            case ast.Call(func=ast.Attribute(attr="rename"), args=[_]):
                found = ["a rename, which Windows refuses over an existing file: replace()"]
            case ast.Call(func=function, keywords=keywords):
                found = [str(word.arg) for word in keywords if word.arg in _KEYWORDS]
                given = {word.arg for word in keywords}
                name = function.attr if isinstance(function, ast.Attribute) else ""
                if name == "write_text" and "newline" not in given:
                    found.append("write_text without newline=, which is another file on Windows")
                if name == "to_csv" and "lineterminator" not in given:
                    found.append("to_csv without lineterminator=, which is another file on Windows")
            case ast.Constant(value="fork"):
                found = ["the start method fork"]
            case _:
                continue
        yield from (f"{node.lineno}: {what}" for what in found)


@pytest.mark.parametrize(
    "code",
    [
        "import fcntl",
        "from resource import getrlimit",
        "def f():\n    import resource",
        "os.kill(pid, signal.SIGTERM)",
        "signal.alarm(3)",
        "subprocess.run(line, preexec_fn=f)",
        "multiprocessing.get_context('fork')",
        "Path(a).rename(b)",
        "path.write_text(text, encoding='utf-8')",
        "table.to_csv(path, index=False)",
    ],
)
def test_the_walk_finds(code: str) -> None:
    assert len(list(_faults(code))) == 1


def test_the_walk_lets_through() -> None:
    code = "table.rename(columns=names); path.replace(b); signal.signal(signal.SIGTERM, f); os.getpid(); os.fsync(3)"
    assert not list(_faults(code))


def test_one_module_alone_uses_what_some_systems_lack() -> None:
    faults = [
        f"{path.relative_to(_SOURCE)}:{fault}"
        for path in sorted(_SOURCE.rglob("*.py"))
        if path != _SOURCE / _HOME
        for fault in _faults(path.read_text(encoding="utf-8"))
    ]
    assert not faults, "\n".join(faults)


def test_no_files_of_the_package_differ_in_case_alone_or_are_refused_by_windows() -> None:
    root = _SOURCE.parent.parent
    listed = subprocess.run(["git", "ls-files"], cwd=root, capture_output=True, encoding="utf-8", check=False)
    names = listed.stdout.splitlines() or [str(path.relative_to(_SOURCE)) for path in _SOURCE.rglob("*")]
    assert len({name.casefold() for name in names}) == len(set(names))
    assert not [name for name in names if set(name) & set('<>:"\\|?*') or any(p[-1] in " ." for p in name.split("/"))]
    assert max(map(len, names)) < 140  # of the 260 characters that a path may have on Windows


_STEPS = """
import sys
from pathlib import Path
from fundusfm.cli import main
out = Path(sys.argv[1])
for words in (
    ["data", "synth", "--out", str(out / "é"), "--count", "3", "--size", "96", "--workers", "2"],
    ["data", "check", str(out / "é" / "manifest.csv")],
    ["data", "prepare", str(out / "é" / "manifest.csv"), "--size", "64", "--out", str(out / "store"), "--workers", "2"],
    ["predict", str(out / "é" / "images"), "--out", str(out / "ж.csv")],
    ["weights", "show", "light"],
    ["info"],
):
    code = main(words)
    assert code in (0, 3), (words, code)
"""


@pytest.mark.slow
def test_no_file_and_no_screen_needs_the_encoding_of_linux(tmp_path: Path) -> None:
    """Files never take the system's encoding (an error here), and what a screen cannot show does not stop a command.

    Where a script has chosen the start method of Windows and macOS, all of it works too, without a guard.
    """
    script = tmp_path / "script.py"
    script.write_text("import multiprocessing\nmultiprocessing.set_start_method('spawn')\n" + _STEPS, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-X", "warn_default_encoding", "-W", "error::EncodingWarning:fundusfm", script, tmp_path],
        env={**os.environ, "PYTHONIOENCODING": "cp1252"},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode(errors="replace")
    table = (tmp_path / "ж.csv").read_bytes()
    assert b"\r" not in table and table.decode().count("\n") == 4
