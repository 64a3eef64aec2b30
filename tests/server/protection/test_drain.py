"""The command in a process of its own: SIGTERM lets the running request finish and refuses new ones."""

import concurrent.futures
import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from tests.server.conftest import form
from tests.server.hostile import slow_png

_SLOW = """
import sys, time
from fundusfm.cli import main
from fundusfm.server.service import Service

screen = Service.screen

def slow(self, prepared):
    print("screening", flush=True)
    time.sleep(3)
    return screen(self, prepared)

Service.screen = slow
sys.exit(main(["serve", "--weights", sys.argv[1], "--port", "0", "--auth", "token"]))
"""
_TOKEN = "a-token-of-some-length"


@pytest.fixture
def process(bundle: str) -> Iterator["subprocess.Popen[str]"]:
    """A server whose answers take three seconds."""
    environment = {**os.environ, "FUNDUSFM_TOKEN": _TOKEN}
    with subprocess.Popen([sys.executable, "-c", _SLOW, bundle], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True, env=environment) as started:  # fmt: skip
        yield started
        started.kill()


def _ready(address: str) -> httpx2.Response:
    for _ in range(600):
        try:
            if (answer := httpx2.get(f"{address}readyz")).status_code == 200:
                return answer
        except httpx2.ConnectError:
            pass
        time.sleep(0.1)
    raise TimeoutError


def test_sigterm_finishes_what_runs(process: "subprocess.Popen[str]", photographs: list[Path]) -> None:
    assert process.stderr is not None and process.stdout is not None
    line = process.stderr.readline()
    assert "Serving tiny at http://127.0.0.1:" in line
    address = line.split(" at ")[1].split()[0]
    headers = {"Authorization": f"Bearer {_TOKEN}"}
    assert _ready(address).status_code == 200
    files = form((photographs[0].name, photographs[0].read_bytes()))
    with concurrent.futures.ThreadPoolExecutor() as pool:
        running = pool.submit(httpx2.post, f"{address}v1/predict", files=files, headers=headers, timeout=60)
        assert "screening\n" in iter(process.stdout.readline, "")
        process.send_signal(signal.SIGTERM)
        time.sleep(0.3)
        assert httpx2.get(f"{address}readyz").status_code == 503
        refused = httpx2.post(f"{address}v1/predict", files=files, headers=headers)
        assert (refused.status_code, refused.json()["error"][:22]) == (503, "The server is stopping")
        answer = running.result(60)
    assert answer.status_code == 200
    assert answer.json()["rows"][0]["status"] == "ok"
    assert process.wait(60) == 0
    log = process.stderr.read()
    assert photographs[0].name not in log
    assert _TOKEN not in log


_STUCK = """
import sys, time
from fundusfm.cli import main
from fundusfm.server.protection import drain
from fundusfm.server.service import Service

drain.SPARE_SECONDS = 2.0
if sys.argv[2] == "network":
    Service.screen = lambda self, prepared: time.sleep(600)
sys.exit(main(["serve", "--weights", sys.argv[1], "--port", "0", "--auth", "none", "--timeout", "1"]))
"""


@pytest.mark.parametrize("where", ["decoder", "network"])
def test_sigterm_ends_in_time_whatever_runs(bundle: str, photographs: list[Path], where: str) -> None:
    slow = ("slow.png", slow_png(7000)) if where == "decoder" else ("a.png", photographs[0].read_bytes())
    with subprocess.Popen([sys.executable, "-c", _STUCK, bundle, where], stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        address = process.stderr.readline().split(" at ")[1].split()[0]
        drained = threading.Thread(target=process.stderr.read, daemon=True)
        drained.start()
        _ready(address)
        with concurrent.futures.ThreadPoolExecutor() as pool:
            running = pool.submit(httpx2.post, f"{address}v1/predict", files=form(slow), timeout=60)
            time.sleep(0.7)
            process.send_signal(signal.SIGTERM)
            # Three seconds, and what the interpreter takes to end on a busy machine; what runs takes ten minutes.
            process.wait(60)
            if where == "network":
                assert process.returncode == 1
            with contextlib.suppress(httpx2.HTTPError):
                assert running.result(30).status_code in (500, 503, 504)
