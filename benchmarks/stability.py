"""How much scores and decisions change when a photograph is changed in ways that nobody sees.

    python -m benchmarks.stability DATA [--weights BUNDLE] [--count 200] [--sets odir rahim] [--label NAME]

DATA holds folders with a `manifest.csv` each. Photographs are saved again as JPEG, mirrored, rescaled, given noise of
one grey value, and made darker and brighter; each is screened as `fundusfm predict` screens it, plain and with
test-time augmentation. Prints a table of Markdown: median and 95 % of the change of score, the share of decisions that
flip, and the share that flip although the decision on the unchanged photograph was outside the uncertain zone.
"""

import argparse
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from fundusfm.data.decode.image import decode
from fundusfm.data.inputs.find import find_sources
from fundusfm.data.inputs.photograph import Photograph
from fundusfm.data.inputs.source import Source
from fundusfm.models.released import default_weights
from fundusfm.screening.screener import OK, Screener

_SCALE = 0.95
_SEED = 0

Image = NDArray[np.uint8]


def main() -> None:
    """Screens every variant of a sample and prints the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.stability")
    parser.add_argument("data", type=Path)
    parser.add_argument("--weights", default=None)
    parser.add_argument("--count", type=int, default=200, help="photographs of each set")
    parser.add_argument("--sets", nargs="+", default=["odir", "rahim", "eyepacs_color"])
    parser.add_argument("--label", default="abnormal")
    arguments = parser.parse_args()
    sources = [
        source for name in arguments.sets for source in sample(arguments.data / name / "manifest.csv", arguments.count)
    ]
    print(f"{len(sources)} photographs of {', '.join(arguments.sets)}\n")
    print("| scoring | change | median | 95 % | decisions flipped | flipped outside the uncertain zone |")
    print("| --- | --- | --- | --- | --- | --- |", flush=True)
    for tta in (False, True):
        screener = Screener([arguments.weights or default_weights()], tta=tta)
        for line in table(screen(screener, sources, arguments.label), "tta" if tta else "plain"):
            print(line, flush=True)


def sample(manifest: Path, count: int) -> list[Source]:
    """Returns some photographs of a manifest, the same at every call; of the part `downstream` where there is one."""
    sources = find_sources([str(manifest)])
    parts = {source.columns.get("part") for source in sources}
    kept = [source for source in sources if "downstream" not in parts or source.columns["part"] == "downstream"]
    chosen = np.random.default_rng(_SEED).permutation(len(kept))[:count]
    return [kept[place] for place in sorted(chosen)]


def variants(source: Source) -> Iterator[tuple[str, Photograph]]:
    """Yields the photograph as it is, under the name `unchanged`, and its variants."""
    path = Path(source.path)
    yield "unchanged", Photograph("unchanged", path.read_bytes())
    image = decode(path).image
    for quality in (90, 75):
        content = cv2.imencode(".jpg", cv2.cvtColor(image, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
        yield f"JPEG at quality {quality}", Photograph("jpeg", content.tobytes())
    height, width = image.shape[:2]
    noise = np.random.default_rng(zlib.crc32(source.name.encode())).integers(-1, 2, image.shape)
    size = round(width * _SCALE), round(height * _SCALE)
    changed: dict[str, Any] = {
        "mirrored": np.ascontiguousarray(image[:, ::-1]),
        "5 % smaller": cv2.resize(image, size, interpolation=cv2.INTER_AREA),
        "noise of ±1": image.astype(np.int16) + noise,
        "10 % darker": np.rint(image * 0.9),
        "10 % brighter": np.rint(image * 1.1),
    }
    for name, pixels in changed.items():
        yield name, Photograph(name, image=np.clip(pixels, 0, 255).astype(np.uint8))


def screen(screener: Screener, sources: list[Source], label: str) -> dict[str, NDArray[np.float64]]:
    """Returns score, decision and uncertainty of every variant, by its name: float64 (photographs, 3).

    Photographs that are not `ok`, or have a variant that is not, are left out.
    """
    found: dict[str, list[list[float]]] = {}
    for source in sources:
        named = dict(variants(source))
        rows = screener.screen(list(named.values()))
        if all(row["status"] == OK for row in rows):
            for name, row in zip(named, rows, strict=True):
                found.setdefault(name, []).append(
                    [row[f"{label}.{what}"] for what in ("score", "decision", "uncertain")]
                )
    return {name: np.array(cells, np.float64) for name, cells in found.items()}


def table(found: dict[str, NDArray[np.float64]], scoring: str) -> Iterator[str]:
    """Yields the lines of the table for what `screen` returned."""
    before = found["unchanged"]
    certain = before[:, 2] == 0
    for name, after in found.items():
        if name == "unchanged":
            continue
        change = np.abs(after[:, 0] - before[:, 0])
        flipped = after[:, 1] != before[:, 1]
        cells = (
            f"{np.median(change):.3f}",
            f"{np.quantile(change, 0.95):.3f}",
            f"{flipped.mean():.1%}",
            f"{(flipped & certain).mean():.1%}",
        )
        yield f"| {scoring} | {name} | {' | '.join(cells)} |"
    yield f"| {scoring} | uncertain | | | | {1 - certain.mean():.1%} of {len(before)} are in the zone |"


if __name__ == "__main__":
    main()
