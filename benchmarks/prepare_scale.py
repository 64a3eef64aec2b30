"""Row `prepare at scale`: time and memory of preparation against the number of photographs."""

import subprocess
import sys
import time
from pathlib import Path

import pandas as pd

from benchmarks.material import photographs
from benchmarks.table import Row

_SIZE = 224
_COUNTS = (2_000, 20_000)
_SOURCES = 500


def rows(folder: Path, repeats: int) -> list[Row]:
    """Prepares 2,000 and 20,000 rows (500 generated photographs, each under many names), once each."""
    paths = photographs(folder, count=_SOURCES, size=512)
    measured = {count: _prepare(folder, paths, count) for count in _COUNTS}
    (small_time, small_memory, _), (large_time, large_memory, disk) = (measured[count] for count in _COUNTS)
    growth = (large_time / _COUNTS[1]) / (small_time / _COUNTS[0])
    per_image = disk / _COUNTS[1]
    extrapolated = ", ".join(
        f"{count:,} photographs {large_time / _COUNTS[1] * count / 3600:.0f} h, {per_image * count / 1e9:.0f} GB"
        for count in (1_000_000, 10_000_000)
    )
    return [
        Row("prepare at scale", f"time per photograph, {_COUNTS[1]:,} rows over {_COUNTS[0]:,}", f"{growth:.2f}",
            target="1.0", beside=f"{_COUNTS[1] / large_time:.0f} photographs/s; from this rate {extrapolated}"),
        Row("prepare at scale", "resident memory of all processes at their peak, the same",
            f"{large_memory / 1e6:.0f} MB", f"{small_memory / 1e6:.0f} MB", f"{large_memory / small_memory:.2f}",
            target="at most 1.1",
            beside=f"{per_image / 1000:.1f} kB of disk per photograph"),
    ]  # fmt: skip


def _prepare(folder: Path, paths: list[Path], count: int) -> tuple[float, float, float]:
    """Returns seconds, bytes of resident memory at the peak, and bytes of the store."""
    names = folder.resolve() / f"many-{count}"
    names.mkdir(exist_ok=True)
    links = [names / f"{number:06d}{paths[number % len(paths)].suffix}" for number in range(count)]
    for number, link in enumerate(links):
        if not link.exists():
            link.hardlink_to(paths[number % len(paths)])
    manifest = folder / f"many-{count}.csv"
    pd.DataFrame({"image": [str(link) for link in links]}).to_csv(manifest, index=False)
    out = folder / f"many-{count}-store"
    command = ["data", "prepare", str(manifest), "--size", str(_SIZE), "--out", str(out), "--overwrite"]
    started = time.perf_counter()
    process = subprocess.Popen([sys.executable, "-m", "fundusfm", *command], stderr=subprocess.DEVNULL)
    peak = 0.0
    while process.poll() is None:
        peak = max(peak, _resident(process.pid))
        time.sleep(0.2)
    if process.returncode:
        raise RuntimeError(f"fundusfm {' '.join(command)} ended with {process.returncode}")
    disk = sum(path.stat().st_size for path in out.rglob("*") if path.is_file())
    return time.perf_counter() - started, peak, float(disk)


def _resident(pid: int) -> float:
    """Bytes of resident memory of a process and its children; shared pages are shared out (Linux)."""
    total, waiting = 0.0, [pid]
    while waiting:
        current = waiting.pop()
        try:
            rollup = Path(f"/proc/{current}/smaps_rollup").read_text()
            waiting += [int(child) for child in Path(f"/proc/{current}/task/{current}/children").read_text().split()]
        except OSError:  # it has ended
            continue
        total += sum(float(line.split()[1]) * 1024 for line in rollup.splitlines() if line.startswith("Pss:"))
    return total
