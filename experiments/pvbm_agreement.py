"""CRAE, CRVE and AVR of `fundusfm segment measure` beside those of PVBM, on the same masks.

Arteries, veins and disc of generated photographs, whose masks are exact. Prints a table of mean difference and 95 %
limits of agreement (Bland and Altman, Lancet 327:307, 1986), in percent of the mean of both. PVBM leaves the pixel on
the centreline out of a width, so each row has one below it where this pixel is added to PVBM's widths.

PVBM (Fhima et al., Comput Methods Programs Biomed 226:107163, 2022; MIT) is no dependency: install it without its own
dependencies, `pip install --no-deps PVBM`, and run `python -m experiments.pvbm_agreement --count 20`.
"""

import argparse
import sys
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from skimage.morphology import skeletonize

from fundusfm.data.synthetic.photograph import generate
from fundusfm.models.segmentation.arrays import Mask
from fundusfm.models.segmentation.structures import ARTERIES, DISC, VEINS
from fundusfm.structures.findings import FoundDisc
from fundusfm.structures.measure.equivalents import NEEDED
from fundusfm.structures.measure.zone import radii
from fundusfm.structures.measure.zone_measures import measure_zone_b

_DEEPEST = 100_000
"""PVBM follows a vessel by calling itself once per pixel."""


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=20)
    parser.add_argument("--size", type=int, default=1200)
    parser.add_argument("--seed", type=int, default=21)
    options = parser.parse_args()
    sys.setrecursionlimit(_DEEPEST)
    rows = []
    for index in range(options.count):
        photograph = generate(index, seed=options.seed, size=options.size)
        masks = {ARTERIES: photograph.arteries, VEINS: photograph.veins, DISC: photograph.disc & photograph.fov}
        zone = measure_zone_b(masks, photograph.fov)
        row = {f"ours {found.measure}": found.value for found in zone.rows}
        if zone.disc is not None:
            row |= {f"PVBM {name}": value for name, value in _pvbm(masks, photograph.fov, zone.disc).items()}
        rows.append(row | {"reason": next((found.reason for found in zone.rows if found.reason), "")})
        print(rows[-1], file=sys.stderr, flush=True)
    table = pd.DataFrame(rows)
    print("| measure | photographs | ours, mean | PVBM, mean | difference | limits of agreement | correlation |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for name in ("crae", "crve", "avr"):
        for other in (name, f"{name} + 1 px"):
            ours, theirs = (table[column].to_numpy(dtype=float) for column in (f"ours {name}", f"PVBM {other}"))
            print(_line(other, *_both(ours, theirs)))


def _both(ours: NDArray[np.float64], theirs: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    known = np.isfinite(ours) & np.isfinite(theirs)
    return ours[known], theirs[known]


def _line(name: str, ours: NDArray[np.float64], theirs: NDArray[np.float64]) -> str:
    share = 200 * (ours - theirs) / (ours + theirs)
    mean, spread = share.mean(), 1.96 * share.std(ddof=1)
    return (
        f"| `{name}` | {len(ours)} | {ours.mean():.2f} | {theirs.mean():.2f} | {mean:+.1f} % | "
        f"[{mean - spread:+.1f}, {mean + spread:+.1f}] % | {np.corrcoef(ours, theirs)[0, 1]:.2f} |"
    )


def _pvbm(masks: dict[str, Mask], fov: Mask, disc: FoundDisc) -> dict[str, float]:
    """Returns PVBM's values; its ring is zone B, and its -1 for a failure is NaN here."""
    from PVBM.CentralRetinalAnalysis import CREVBMs  # type: ignore[import-not-found]

    inner, outer = radii(disc)
    down = np.arange(fov.shape[0])[:, None] + 0.5 - disc.y
    distance = np.hypot(down, np.arange(fov.shape[1])[None] + 0.5 - disc.x)
    ring = (distance >= inner) & (distance <= outer)
    values = {}
    for name, measure in ((ARTERIES, "crae"), (VEINS, "crve")):
        mask = masks[name] & fov
        line: NDArray[Any] = (skeletonize(mask) & ring).astype(float)  # type: ignore[no-untyped-call]
        tool = CREVBMs()
        found, vessels = tool.compute_central_retinal_equivalents(
            (mask & ring).astype(float), line, int(disc.x), int(disc.y), int(disc.diameter / 2),
            artery=name == ARTERIES,
        )  # fmt: skip
        value = float(found[f"{measure}k"])
        values[measure] = value if value > 0 else np.nan
        # PVBM counts the pixels on both sides of the centreline, and not the one on it.
        whole = np.sort([vessel["Mean diameter"] + 1 for vessel in vessels or []])[-NEEDED:]
        formula = tool.crae_knudtson if name == ARTERIES else tool.crve_knudtson
        values[f"{measure} + 1 px"] = float(tool.central_equivalent(whole, formula)) if len(whole) else np.nan
    return {**values, "avr": values["crae"] / values["crve"],
            "avr + 1 px": values["crae + 1 px"] / values["crve + 1 px"]}  # fmt: skip


if __name__ == "__main__":
    main()
