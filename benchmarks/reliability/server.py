"""An honest client of `fundusfm serve` beside clients that send slow and large inputs, or never finish a request.

    python -m benchmarks.reliability.server BUNDLE [--seconds N]

The honest client sends one photograph at a time, the next when the last one is answered. Attackers send their input
again as soon as it is answered. Everything runs on this machine and shares its processors.
"""

import argparse
import asyncio
import contextlib
import os
import struct
import time
import zlib
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx2
import numpy as np
from PIL import Image

from benchmarks.material import photographs
from benchmarks.serve import server
from benchmarks.table import machine

Attack = Callable[[str], Coroutine[Any, Any, None]]


@dataclass
class Outcome:
    """What the honest client saw, and what the server took.

    Attributes:
        seconds: Of every request that got its one row.
        lost: Requests that got none.
        megabytes: Most resident memory of the server and its decoding processes together.
    """

    seconds: list[float] = field(default_factory=list)
    lost: int = 0
    megabytes: float = 0.0


def main() -> None:
    """Measures the honest client under each attack and prints a table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.reliability.server")
    parser.add_argument("bundle", help="model to serve")
    parser.add_argument("--seconds", type=float, default=30, help="length of each attack")
    parser.add_argument("--folder", type=Path, default=Path("benchmarks/.material"), help="where material is kept")
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    contents = [path.read_bytes() for path in photographs(arguments.folder, count=16, size=768)]
    attacks: dict[str, tuple[int, Attack | None]] = {
        "none": (0, None),
        "PNG of 64 megapixels (200 kB)": (8, upload(flat_png(8000))),
        "PNG of 16 megapixels (50 kB)": (8, upload(flat_png(4000))),
        "real-valued TIFF of 98 megapixels": (4, upload(float_tiff(9900))),
        "progressive JPEG of 4,000 scans": (8, upload(many_scans(4000, 4000))),
        "headers that never end": (1100, endless_header),
        "bodies that drip": (200, dripping_body),
    }
    print(f"{machine()}; load averages before: {', '.join(f'{value:.2f}' for value in os.getloadavg())}\n")
    print("| attack | attackers | answered | p50 ms | p99 ms | longest ms | lost | server MB | ready after |")
    print("| --- |" + " ---: |" * 8)
    for name, (count, attack) in attacks.items():
        with server(arguments.bundle) as (address, process):
            outcome, ready = asyncio.run(measure(address, process, contents, attack, count, arguments.seconds))
        figures = [1000 * value for value in (*np.percentile(outcome.seconds or [np.nan], [50, 99]),
                                              max(outcome.seconds, default=np.nan))]  # fmt: skip
        cells = [name, str(count), str(len(outcome.seconds)), *(f"{value:.0f}" for value in figures),
                 str(outcome.lost), f"{outcome.megabytes:.0f}", f"{ready:.1f} s"]  # fmt: skip
        print(f"| {' | '.join(cells)} |", flush=True)


async def measure(
    address: str, process: int, contents: list[bytes], attack: Attack | None, count: int, seconds: float
) -> tuple[Outcome, float]:
    """Runs the honest client beside the attackers.

    Returns:
        Its outcome, and the seconds until the server says it is ready once the attackers have stopped.
    """
    outcome = Outcome()
    await honest(address, process, contents, Outcome(), seconds=3)  # warm
    attackers = [asyncio.create_task(attack(address)) for _ in range(count)] if attack else []
    await asyncio.sleep(1)
    await honest(address, process, contents, outcome, seconds=seconds)
    for task in attackers:
        task.cancel()
    await asyncio.gather(*attackers, return_exceptions=True)
    begin = time.perf_counter()
    async with httpx2.AsyncClient(timeout=60) as client:
        while (await client.get(f"{address}readyz")).status_code != 200:
            await asyncio.sleep(0.1)
    return outcome, time.perf_counter() - begin


async def honest(address: str, process: int, contents: list[bytes], outcome: Outcome, *, seconds: float) -> None:
    """Sends photographs one after the other and notes how long each answer takes."""
    begin, number = time.perf_counter(), 0
    async with httpx2.AsyncClient(timeout=120) as client:
        while time.perf_counter() - begin < seconds:
            number += 1
            sent = time.perf_counter()
            try:
                files = {"files": (f"{number}.png", contents[number % len(contents)])}
                answer = await client.post(f"{address}v1/predict", files=files)
                good = answer.status_code == 200 and answer.json()["rows"][0]["status"] != "failed"
            except httpx2.HTTPError:
                good = False
            if good:
                outcome.seconds.append(time.perf_counter() - sent)
            else:
                outcome.lost += 1
            outcome.megabytes = max(outcome.megabytes, resident(process))


def upload(content: bytes) -> Attack:
    """Returns an attacker that sends a file again and again."""

    async def attack(address: str) -> None:
        async with httpx2.AsyncClient(timeout=300) as client:
            while True:
                with contextlib.suppress(httpx2.HTTPError):
                    answer = await client.post(f"{address}v1/predict", files={"files": ("a", content)})
                    if answer.status_code == 503:
                        await asyncio.sleep(1)

    return attack


async def endless_header(address: str) -> None:
    """Opens a connection, sends a header without an end, and begins again when it is closed."""
    await _drip(address, b"POST /v1/predict HTTP/1.1\r\nHost: localhost\r\nX-Slow: ")


async def dripping_body(address: str) -> None:
    """Likewise with a whole header and a body of which one byte comes per second."""
    head = b"Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 100000\r\n\r\n--x\r\n"
    await _drip(address, b"POST /v1/predict HTTP/1.1\r\nHost: localhost\r\n" + head)


async def _drip(address: str, head: bytes) -> None:
    host, port = address.removeprefix("http://").rstrip("/").split(":")
    while True:
        with contextlib.suppress(OSError):
            reader, writer = await asyncio.open_connection(host, int(port))
            try:
                writer.write(head)
                while not reader.at_eof():
                    writer.write(b"x")
                    await writer.drain()
                    with contextlib.suppress(TimeoutError):
                        await asyncio.wait_for(reader.read(100), 1)
            finally:
                writer.close()
        await asyncio.sleep(5)


def resident(process: int) -> float:
    """Returns the resident memory of a process and its children in MB."""
    tasks = Path(f"/proc/{process}/task")
    children = {child for task in tasks.iterdir() for child in (task / "children").read_text("ascii").split()}
    total = 0
    for pid in (str(process), *children):
        with contextlib.suppress(OSError, StopIteration):  # it may have ended meanwhile
            status = Path(f"/proc/{pid}/status").read_text("utf-8")
            total += int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1])
    return total / 1000


def flat_png(side: int) -> bytes:
    """A black PNG of which each pixel costs its decoder work and its sender nothing."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    packer, row = zlib.compressobj(6), b"\x04" + bytes(3 * side)
    data = b"".join(packer.compress(row) for _ in range(side)) + packer.flush()
    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def float_tiff(side: int) -> bytes:
    """A TIFF of real-valued pixels, which take more than 20 bytes each to decode."""
    buffer = BytesIO()
    Image.new("F", (side, side), 0.5).save(buffer, "TIFF", compression="tiff_adobe_deflate")
    return buffer.getvalue()


def many_scans(side: int, scans: int) -> bytes:
    """A grey progressive JPEG whose every scan would make a decoder visit all blocks."""

    def segment(marker: int, content: bytes) -> bytes:
        return struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content

    blocks, bits = (side // 8) ** 2, ""
    while blocks >= 16_384:  # the code of a run of 16,384 to 32,767 blocks that are all skipped
        run = min(32_767, blocks)
        bits, blocks = bits + f"0{run - 16_384:014b}", blocks - run
    bits += "1" * (-len(bits) % 8)
    data = bytes(int(bits[place : place + 8], 2) for place in range(0, len(bits), 8)).replace(b"\xff", b"\xff\0")
    scan = segment(0xDA, bytes([1, 1, 0, 1, 63, 0x01])) + data
    head = (b"\xff\xd8", segment(0xDB, bytes([0, *[1] * 64])),
            segment(0xC2, struct.pack(">BHHB3B", 8, side, side, 1, 1, 0x11, 0)),
            segment(0xC4, bytes([0x10, 1, *[0] * 15, 0xE0])))  # fmt: skip
    return b"".join((*head, scan * scans, b"\xff\xd9"))


if __name__ == "__main__":
    main()
