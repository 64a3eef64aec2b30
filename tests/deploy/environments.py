"""Fresh virtual environments with an installed wheel, as a user's: nothing of this checkout is on their path."""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_START_SECONDS = 120
_FROM_OUTSIDE = ("PYTHON", "VIRTUAL_ENV", "FUNDUSFM", "COVERAGE")


def build_wheel(folder: Path) -> Path:
    """Builds the wheel of this checkout into a folder."""
    call([sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(folder), str(ROOT)], folder)
    (wheel,) = folder.glob("fundusfm-*.whl")
    return wheel


def call(command: Sequence[str], folder: Path, *, expected: int = 0, **variables: str) -> str:
    """Runs a command in a folder and returns what it printed."""
    result = subprocess.run(
        command, cwd=folder, env=_environment(folder, variables), capture_output=True, text=True, check=False
    )
    assert result.returncode == expected, f"{command}\n{result.stdout}\n{result.stderr}"
    return result.stdout + result.stderr


def megabytes(folder: Path, *, bytecode: bool) -> float:
    """Returns the size of the files of a folder in MB, with or without compiled Python files."""
    files = (file for file in folder.rglob("*") if file.is_file() and not file.is_symlink())
    return sum(file.stat().st_size for file in files if bytecode or file.suffix != ".pyc") / 1e6


@contextmanager
def serving(command: Sequence[str], folder: Path, port: int, **variables: str) -> Iterator[str]:
    """Starts a server, waits until it is ready, and yields its address; stopped by SIGTERM, it must end well."""
    address = f"http://127.0.0.1:{port}"
    with (folder / "server.log").open("w+") as log:
        process = subprocess.Popen(command, cwd=folder, env=_environment(folder, variables), stdout=log, stderr=log)
        try:
            _wait(address, process, folder / "server.log")
            yield address
        finally:
            process.terminate()
            assert process.wait(60) == 0, (folder / "server.log").read_text()


def upload(address: str, photograph: Path, *, token: str = "") -> str:
    """Sends one photograph to `/v1/predict` and returns the answer."""
    content = photograph.read_bytes()
    body = (
        b'--cut\r\nContent-Disposition: form-data; name="files"; filename="photograph.jpg"\r\n'
        b"Content-Type: image/jpeg\r\n\r\n" + content + b"\r\n--cut--\r\n"
    )
    headers = {"Content-Type": "multipart/form-data; boundary=cut"}
    headers |= {"Authorization": f"Bearer {token}"} if token else {}
    request = urllib.request.Request(f"{address}/v1/predict", body, headers)
    with urllib.request.urlopen(request, timeout=60) as answer:
        text: str = answer.read().decode()
    return text


def free_port() -> int:
    """Returns a port that nothing listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _environment(folder: Path, variables: dict[str, str]) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_FROM_OUTSIDE)}
    return kept | {"HOME": str(folder), "OMP_NUM_THREADS": "1"} | variables


def _wait(address: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        assert process.poll() is None, log.read_text(encoding="utf-8")
        try:
            with urllib.request.urlopen(f"{address}/readyz", timeout=5):
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.2)
    raise AssertionError(f"the server was not ready in {_START_SECONDS} s: {log.read_text(encoding='utf-8')}")
