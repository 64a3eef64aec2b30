"""Sheets of overlays: the photographs of a set with the lowest, middle and highest score."""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from fundusfm.data.shrink import shrunk

EACH = 2
"""How many photographs of each kind a sheet shows."""

_INK = "#1f2933"
_LONGEST = 640


@dataclass(frozen=True)
class Entry:
    """One photograph of a sheet.

    Attributes:
        overlay: File of its overlay.
        caption: Text above it.
    """

    overlay: Path
    caption: str


def chosen(rows: pd.DataFrame, metric: str) -> pd.DataFrame:
    """Returns the rows that a sheet shows: lowest, middle and highest score, in that order and each once.

    Args:
        rows: Images of one set.
        metric: Column with the score; rows where it is undefined are left out.
    """
    ordered = rows[rows[metric].notna()].sort_values(metric, kind="stable").reset_index(drop=True)
    last, middle = len(ordered) - 1, (len(ordered) - EACH) // 2
    places = [*range(EACH), *range(middle, middle + EACH), *range(last - EACH + 1, last + 1)]
    return ordered.iloc[list(dict.fromkeys(place for place in places if 0 <= place <= last))]


def sheet(title: str, entries: Sequence[Entry], legend: Mapping[str, tuple[int, int, int]]) -> bytes:
    """Returns a grid of overlays with a legend of their colours, as a PNG file.

    Args:
        title: Text above the grid.
        entries: The overlays.
        legend: Meaning of each colour, RGB.
    """
    columns = min(EACH, max(1, len(entries)))
    lines = -(-max(1, len(entries)) // columns)
    figure = Figure(figsize=(3.6 * columns, 3.9 * lines + 0.6), layout="constrained")
    panels = figure.subplots(lines, columns, squeeze=False).ravel()
    for axes in panels:
        axes.set_axis_off()
    for axes, entry in zip(panels, entries, strict=False):
        axes.imshow(_small(entry.overlay), interpolation="lanczos")
        axes.set_title(entry.caption, fontsize=8.5, color=_INK)
    handles = [
        Patch(facecolor=_hex(colour), edgecolor=_INK, linewidth=0.5, label=name) for name, colour in legend.items()
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=len(handles), fontsize=8, frameon=False)
    figure.suptitle(title, x=0.01, ha="left", fontsize=10, fontweight="bold", color=_INK)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=120, facecolor="white")
    return buffer.getvalue()


def _hex(colour: tuple[int, int, int]) -> str:
    return "#" + "".join(f"{part:02x}" for part in colour)


def _small(path: Path) -> npt.NDArray[np.uint8]:
    read = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if read is None:
        raise RuntimeError(f"{path} was written a moment ago and cannot be read")
    return shrunk(np.asarray(cv2.cvtColor(read, cv2.COLOR_BGR2RGB), np.uint8), _LONGEST)
