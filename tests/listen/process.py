"""The service as a process of its own, as an operator runs it."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

_PATIENCE = 120.0


class ListenProcess:
    """`fundusfm listen` in a folder, on one port however often it is started.

    Args:
        folder: Holds the spool and the events of every start.
        port: TCP port.
        *options: Further options.
    """

    def __init__(self, folder: Path, port: int, *options: str) -> None:
        self.spool, self.port = folder / "spool", port
        self._events = folder / "events.jsonl"
        self._command = [sys.executable, "-m", "fundusfm", "listen", "--spool", str(self.spool), "--port", str(port),
                         *options]  # fmt: skip
        self._process: subprocess.Popen[bytes] | None = None
        self._starts = 0

    def __enter__(self) -> "ListenProcess":
        return self

    def __exit__(self, *_: object) -> None:
        """Leaves nothing running, whatever the test found."""
        if self._process is not None and self._process.poll() is None:
            self.kill()

    def start(self) -> None:
        """Starts it; returns at once."""
        self._starts += 1
        with self._events.open("ab") as file:
            environment = os.environ | {"OMP_NUM_THREADS": "1"}
            self._process = subprocess.Popen(self._command, stderr=file, stdout=file, env=environment)

    def ready(self) -> None:
        """Waits until it listens."""
        self.wait_for(lambda: self.count("listening") == self._starts)

    def kill(self) -> None:
        """Ends it as a power cut does."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def stop(self) -> int:
        """Ends it as systemd does, and returns its exit code."""
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)
        return self._process.wait(_PATIENCE)

    def events(self) -> list[dict[str, Any]]:
        """Returns the whole lines of all starts."""
        found = []
        for line in self._events.read_bytes().split(b"\n")[:-1]:
            # A kill may leave the beginning of a line, after which the next start writes.
            _, begin, rest = line.rpartition(b'{"time": ')
            if begin and rest.endswith(b"}"):
                found.append(json.loads(begin + rest))
        return found

    def count(self, event: str) -> int:
        """Returns how often something happened."""
        return sum(one["event"] == event for one in self.events())

    def wait_for(self, condition: Callable[[], bool], *, patience: float = _PATIENCE) -> None:
        """Waits until something holds, so many seconds at most."""
        deadline = time.monotonic() + patience
        while not condition():
            assert self._process is not None
            assert self._process.poll() is None, self._events.read_text(errors="replace")[-3000:]
            assert time.monotonic() < deadline, self._events.read_text(errors="replace")[-3000:]
            time.sleep(0.1)
