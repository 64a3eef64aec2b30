"""Row `grow`: how cost rises with images, size and folds, as fitted exponents."""

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median

import numpy as np

import fundusfm
from benchmarks.interleave import seconds
from benchmarks.material import photographs, store
from benchmarks.table import Row
from fundusfm.data.store.convert import convert
from fundusfm.data.store.reader import open_store
from fundusfm.models.inference import features
from fundusfm.models.start import start_network


def exponent(sizes: Sequence[int], work: Callable[[int], object], repeats: int) -> tuple[float, list[float]]:
    """Fits seconds = a * size ** exponent; returns the exponent and the median seconds of each size."""
    for size in sizes:
        work(size)
    turns = [[seconds(lambda: work(size)) for size in sizes] for _ in range(repeats)]  # noqa: B023 - called at once
    medians = [median(column) for column in zip(*turns, strict=True)]
    slope, _ = np.polyfit(np.log(sizes), np.log(medians), 1)
    return float(slope), medians


def rows(folder: Path, repeats: int) -> list[Row]:
    """Measures preparation against images, features against images and size, probes against folds."""
    paths = photographs(folder, count=200, size=512)
    opened = open_store(str(store(folder, count=1000, size=224)))
    bundle = start_network("scratch", backbone="mobilenetv2_100", size=224)
    sides = {side: open_store(str(store(folder, count=200, size=side))) for side in (128, 192, 256, 384)}
    movable = {side: start_network("scratch", backbone="mobilenetv2_100", size=side) for side in sides}
    with tempfile.TemporaryDirectory() as scratch:

        def probe(folds: int) -> None:
            few = str(sides[192].path)
            fundusfm.probe(data=few, labels=["abnormal"], weights="scratch", backbone="mobilenetv2_100",
                           out=f"{scratch}/probe", folds=folds, overwrite=True)  # fmt: skip

        def convert_some(number: int) -> None:
            for path in paths[:number]:
                convert(path, 224)

        def extract_some(number: int) -> None:
            features(bundle, opened.take(range(number)))

        measured: list[tuple[str, str, Sequence[int], Callable[[int], object]]] = [
            ("preparation against images", "1.0", (25, 50, 100, 200), convert_some),
            ("features against images", "1.0", (125, 250, 500, 1000), extract_some),
            ("features against size", "2.0", tuple(sides), lambda side: features(movable[side], sides[side])),
            ("linear probe against folds, features shared", "below 1.0", (2, 4, 8, 16), probe),
        ]
        found = []
        for name, target, sizes, work in measured:
            slope, medians = exponent(sizes, work, repeats)
            times = ", ".join(f"{size}: {value:.2f} s" for size, value in zip(sizes, medians, strict=True))
            found.append(Row("grow", name, f"exponent {slope:.2f}", target=target, beside=times))
    return found
