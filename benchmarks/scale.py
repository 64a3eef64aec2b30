"""Row `scale`: time and memory of `data prepare` and `predict` against the number of photographs."""

from pathlib import Path

import pandas as pd

from benchmarks.material import photographs, probed
from benchmarks.table import Row
from benchmarks.watch import watch

_SIZE = 224
_PREPARED, _PREDICTED = (2_000, 20_000), (500, 5_000)
_SOURCES = 500


def rows(folder: Path, repeats: int) -> list[Row]:
    """Works on ten times as many rows (500 generated photographs, each under many names), once each."""
    return [*_prepare_rows(folder), _predict_row(folder)]


def _prepare_rows(folder: Path) -> list[Row]:
    sizes, measured = list[float](), list[tuple[float, float]]()
    for count in _PREPARED:
        out = folder / f"many-{count}-store"
        arguments = ["data", "prepare", str(_manifest(folder, count)), "--size", str(_SIZE), "--out", str(out)]
        measured.append(watch([*arguments, "--overwrite"]))
        sizes.append(sum(path.stat().st_size for path in out.rglob("*") if path.is_file()))
    (small_time, small_memory), (large_time, large_memory) = measured
    few, many = _PREPARED
    per_image = sizes[1] / many
    extrapolated = ", ".join(
        f"{count:,} photographs {large_time / many * count / 3600:.0f} h, {per_image * count / 1e9:.0f} GB"
        for count in (1_000_000, 10_000_000)
    )
    return [
        Row("scale, prepare", f"time per photograph, {many:,} rows over {few:,}",
            f"{(large_time / many) / (small_time / few):.2f}", target="1.0",
            beside=f"{many / large_time:.0f} photographs/s; from this rate {extrapolated}"),
        _memory_row("scale, prepare", _PREPARED, small_memory, large_memory,
                    beside=f"{per_image / 1000:.1f} kB of disk per photograph"),
    ]  # fmt: skip


def _predict_row(folder: Path) -> Row:
    bundle = str(probed(folder, backbone="mobilenetv2_100", size=_SIZE))
    memory = []
    for count in _PREDICTED:
        files = [str(_manifest(folder, count)), "--weights", bundle, "--out", str(folder / f"many-{count}.results.csv")]
        memory.append(watch(["predict", *files, "--overwrite"])[1])
    return _memory_row("scale, predict", _PREDICTED, *memory, beside="")


def _memory_row(name: str, counts: tuple[int, int], small: float, large: float, *, beside: str) -> Row:
    few, many = counts
    return Row(name, f"resident memory of all processes at their peak, {many:,} rows beside {few:,}",
               f"{large / 1e6:.0f} MB", f"{small / 1e6:.0f} MB", f"{large / small:.2f}", target="at most 1.1",
               beside=beside)  # fmt: skip


def _manifest(folder: Path, count: int) -> Path:
    """Returns a manifest of many names for few photographs."""
    paths = photographs(folder, count=_SOURCES, size=512)
    names = folder.resolve() / f"many-{count}"
    names.mkdir(exist_ok=True)
    links = [names / f"{number:06d}{paths[number % len(paths)].suffix}" for number in range(count)]
    for number, link in enumerate(links):
        if not link.exists():
            link.hardlink_to(paths[number % len(paths)])
    manifest = folder / f"many-{count}.csv"
    pd.DataFrame({"image": [str(link) for link in links]}).to_csv(manifest, index=False)
    return manifest
