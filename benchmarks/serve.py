"""Row `serve`, and loads of a running `fundusfm serve` process: requests/s, latencies, lost answers, resident memory.

    python -m benchmarks serve
    python -m benchmarks.serve BUNDLE [--requests N] [--clients 1 8 32] [--size PIXELS]
    python -m benchmarks.serve BUNDLE --long 10000 [--step 1000] [--size PIXELS]

The second one asks whether anything grows: a row per step of one long run with 8 clients, and one for all of it.
Server and clients share this machine, so the figures are a floor. One photograph per request; every client sends its
next request when the last one is answered. The row compares this server with the one of an older checkout, which
`FUNDUSFM_BENCH_BASELINE` names: `git worktree add OLD 66b598c`. Both serve `light` at the same time and are asked in
turns.
"""

import argparse
import asyncio
import itertools
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

import httpx2
import numpy as np

from benchmarks.interleave import Timing
from benchmarks.material import camera_photographs, photographs
from benchmarks.table import Row, machine, timed_row
from benchmarks.watch import processor_seconds_of

_WARM_UP = 8
_LONG_CLIENTS = 8
_REQUESTS = 160


def rows(folder: Path, repeats: int) -> list[Row]:
    """Measures photographs of a camera from 8 clients, beside the server of an older checkout where one is named."""
    contents = [path.read_bytes() for path in camera_photographs(folder, count=16)]
    work = f"{_REQUESTS} JPEGs of 3872x2592 from {_LONG_CLIENTS} clients, light"
    source = os.environ.get("FUNDUSFM_BENCH_BASELINE")
    with server("light") as (address, process):
        ours = _Turns(address, process, contents)
        if source is None:
            for _ in range(repeats):
                ours.turn()
            rate = _REQUESTS / median(ours.seconds)
            return [Row("serve", work, f"{rate:.3g} photographs/s", target="1.5", beside=f"p99 {ours.p99:.2f} s")]
        with server("light", source=Path(source)) as (older_address, older_process):
            older = _Turns(older_address, older_process, contents)
            for _ in range(repeats):
                ours.turn()
                older.turn()
    timing = Timing(ours.seconds, older.seconds)
    beside = (
        f"p99 {ours.p99:.2f} s, the older server's {older.p99:.2f} s; lost {ours.lost} and {older.lost}; processor "
        f"time per photograph {1000 * ours.processor:.0f} ms, the older server's {1000 * older.processor:.0f} ms"
    )
    return [
        timed_row("serve", f"{work}; usual: an older server", timing, items=_REQUESTS, unit="photographs/s",
                  target="1.5", beside=beside)
    ]  # fmt: skip


class _Turns:
    """Turns of one server."""

    def __init__(self, address: str, process: int, contents: list[bytes]) -> None:
        self._address, self._process, self._contents = address, process, contents
        self._used = list[float]()
        self.seconds = list[float]()
        self._answers = list[float]()
        self.lost = 0
        asyncio.run(_load(address, contents, clients=_LONG_CLIENTS, requests=2 * _LONG_CLIENTS))

    def turn(self) -> None:
        """Sends the requests once."""
        before, begin = processor_seconds_of(self._process), time.perf_counter()
        answered = asyncio.run(_load(self._address, self._contents, clients=_LONG_CLIENTS, requests=_REQUESTS))
        self.seconds.append(time.perf_counter() - begin)
        self._used.append(processor_seconds_of(self._process) - before)
        self._answers += answered
        self.lost += _REQUESTS - len(answered)

    @property
    def processor(self) -> float:
        """Processor time per photograph in seconds, of the server and its decoding processes."""
        return median(self._used) / _REQUESTS

    @property
    def p99(self) -> float:
        """Seconds within which 99 of 100 requests were answered."""
        return float(np.percentile(self._answers or [np.nan], 99))


def main() -> None:
    """Starts the server, loads it with ever more clients, and prints a table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.serve")
    parser.add_argument("bundle", help="model to serve")
    parser.add_argument("--requests", type=int, default=300, help="per number of clients")
    parser.add_argument("--clients", type=int, nargs="+", default=[1, 8, 32])
    parser.add_argument("--long", type=int, default=0, help="instead of those: requests in a row, of 8 clients")
    parser.add_argument("--step", type=int, default=1000, help="requests after which memory is looked at")
    parser.add_argument("--size", type=int, default=768, help="height of the generated photographs in pixels")
    parser.add_argument("--folder", type=Path, default=Path("benchmarks/.material"), help="where material is kept")
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    contents = [path.read_bytes() for path in photographs(arguments.folder, count=16, size=arguments.size)]
    load = ", ".join(f"{value:.2f}" for value in os.getloadavg())
    print(f"{machine()}; load averages before: {load}\n")
    print("| clients | requests | requests/s | p50 ms | p95 ms | p99 ms | lost | resident MB before | after |")
    print("| ---: " * 9 + "|")
    with server(arguments.bundle) as (address, process):
        asyncio.run(_load(address, contents, clients=1, requests=_WARM_UP))
        if arguments.long:
            _long(address, process, contents, requests=arguments.long, step=arguments.step)
            return
        for clients in arguments.clients:
            _measured(address, process, contents, clients=clients, requests=arguments.requests)


def _long(address: str, process: int, contents: list[bytes], *, requests: int, step: int) -> None:
    """Prints a row per step of one long run, and one for all of it."""
    before, begin = _resident(process), time.perf_counter()
    seconds = list[float]()
    for done in range(0, requests, step):
        seconds += _measured(address, process, contents, clients=_LONG_CLIENTS, requests=min(step, requests - done))
    _print_row(_LONG_CLIENTS, requests, seconds, time.perf_counter() - begin, before, _resident(process))


def _measured(address: str, process: int, contents: list[bytes], *, clients: int, requests: int) -> list[float]:
    """Sends requests, prints their row, and returns the seconds of every one that was answered."""
    before, begin = _resident(process), time.perf_counter()
    seconds = asyncio.run(_load(address, contents, clients=clients, requests=requests))
    _print_row(clients, requests, seconds, time.perf_counter() - begin, before, _resident(process))
    return seconds


def _print_row(clients: int, requests: int, seconds: list[float], took: float, before: float, after: float) -> None:
    times = [f"{1000 * value:.0f}" for value in np.percentile(seconds or [np.nan], [50, 95, 99])]
    cells = [str(clients), str(requests), f"{len(seconds) / took:.1f}", *times, str(requests - len(seconds)),
             f"{before:.0f}", f"{after:.0f}"]  # fmt: skip
    print(f"| {' | '.join(cells)} |", flush=True)


async def _load(address: str, contents: list[bytes], *, clients: int, requests: int) -> list[float]:
    """Returns the seconds of every request that got its one row."""
    numbers, answered = itertools.count(), list[float]()

    async def work(client: httpx2.AsyncClient) -> None:
        while (number := next(numbers)) < requests:
            name = f"{number}.png"
            begin = time.perf_counter()
            files = {"files": (name, contents[number % len(contents)])}
            answer = await client.post(f"{address}v1/predict", files=files)
            if answer.status_code == 200 and [row["image"] for row in answer.json()["rows"]] == [name]:
                answered.append(time.perf_counter() - begin)

    async with httpx2.AsyncClient(timeout=120) as client:
        await asyncio.gather(*(work(client) for _ in range(clients)))
    return answered


@contextmanager
def server(bundle: str, *, source: Path | None = None) -> Iterator[tuple[str, int]]:
    """Runs the server in a process of its own; yields its address and process id once it is ready.

    Args:
        bundle: What it serves.
        source: Checkout whose server runs; this one by default.
    """
    command = [sys.executable, "-m", "fundusfm", "serve", "--weights", bundle, "--port", "0", "--auth", "none"]
    environment = os.environ | ({} if source is None else {"PYTHONPATH": str(source.resolve() / "src")})
    with subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=environment
    ) as process:
        assert process.stderr is not None
        line = process.stderr.readline()
        if " at http" not in line:
            raise SystemExit(line + process.stderr.read())
        address = line.split(" at ")[1].split()[0]
        threading.Thread(target=process.stderr.read, daemon=True).start()  # a full pipe would stop the server
        while True:
            try:
                if httpx2.get(f"{address}readyz").status_code == httpx2.codes.OK:
                    break
            except httpx2.ConnectError:
                pass
            time.sleep(0.1)
        yield address, process.pid
        process.terminate()


def _resident(process: int) -> float:
    """Returns the resident memory of a process in MB."""
    status = Path(f"/proc/{process}/status").read_text(encoding="utf-8")
    return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1]) / 1000


if __name__ == "__main__":
    main()
