"""Writes figures to files (PNG, SVG and their numbers) and embeds them in pages (data URIs)."""

import base64
import io
import re
from functools import partial
from pathlib import Path

import matplotlib
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.ticker import FuncFormatter
from PIL import Image

from fundusfm.report.text import drawable
from fundusfm.runs import write_atomic

_DOLLAR = re.compile(r"(?<!\\)\$")
_PNG_DPI = 200
# A hundredth of a point is finer than any screen or printer; the digits beyond are a third of an SVG. Numbers below ten
# are left alone: scales are among them.
_LONG_DECIMALS = re.compile(rb"(\d\d\.\d\d)\d+")


def save_figure(figure: Figure, stem: str | Path, *, numbers: pd.DataFrame | None = None) -> list[Path]:
    """Writes `STEM.png` and `STEM.svg`, and `STEM.csv` with the numbers behind the figure.

    Args:
        figure: Figure to write.
        stem: Path without a suffix; its folder is created.
        numbers: Numbers behind the figure, one row per point.

    Returns:
        The files written.
    """
    stem = Path(stem)
    stem.parent.mkdir(parents=True, exist_ok=True)
    contents: dict[str, str | bytes] = {".png": figure_png(figure), ".svg": figure_svg(figure)}
    if numbers is not None:
        contents[".csv"] = drawable(numbers.to_csv(index=False, float_format="%.6g", lineterminator="\n"))
    written = []
    for suffix, content in contents.items():
        # Not with_suffix: a label such as `dr_grade>=2.5` may hold a dot.
        path = stem.with_name(stem.name + suffix)
        write_atomic(path, content)
        written.append(path)
    return written


def figure_png(figure: Figure) -> bytes:
    """Returns a figure as PNG on white, 200 dots per inch."""
    _settle(figure)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=_PNG_DPI, facecolor="white")
    return compact_png(buffer.getvalue())


def figure_svg(figure: Figure) -> bytes:
    """Returns the figure as SVG with a transparent ground, without a date so that equal runs give equal bytes."""
    _settle(figure)
    buffer = io.BytesIO()
    with matplotlib.rc_context({"svg.hashsalt": "fundusfm"}):  # otherwise ids are random
        figure.savefig(buffer, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    return _LONG_DECIMALS.sub(rb"\1", buffer.getvalue())


def compact_png(png: bytes) -> bytes:
    """Returns a drawing with at most 128 colours and no transparency, a third of the size."""
    image = Image.open(io.BytesIO(png)).convert("RGB").quantize(128, dither=Image.Dither.NONE)
    buffer = io.BytesIO()
    image.save(buffer, format="png", optimize=True)
    return buffer.getvalue()


def _settle(figure: Figure) -> None:
    """Makes every name drawable, and lays the figure out once, rather than twice in every format."""
    plain_names(figure)
    engine = figure.get_layout_engine()
    if engine is not None:
        engine.execute(figure)
        figure.draw_without_rendering()
        figure.set_layout_engine(None)


def plain_names(figure: Figure) -> None:
    """Keeps names from the data from being read as formulas (`$5`), and from breaking an SVG."""
    numeric: set[Text] = set()
    for axis in [axis for axes in figure.axes for axis in (axes.xaxis, axes.yaxis)]:
        formatter = axis.get_major_formatter()
        if isinstance(formatter, FuncFormatter):  # names given as ticks
            axis.set_major_formatter(FuncFormatter(partial(_name_of_tick, formatter)))
        # Labels of ticks are written anew at every drawing; those of numbers may be formulas, such as powers of ten.
        numeric |= set(axis.findobj(Text)) - {axis.label}
    for artist in figure.findobj(Text):
        if artist not in numeric and isinstance(artist, Text):
            artist.set_parse_math(False)
            artist.set_text(drawable(artist.get_text()))


def _name_of_tick(given: FuncFormatter, value: float, place: int | None = None) -> str:
    return _DOLLAR.sub(r"\$", drawable(str(given(value, place))))


def data_uri(content: bytes, mime: str) -> str:
    """Returns bytes as a `data:` address, so that a page needs no other file."""
    return f"data:{mime};base64,{base64.b64encode(content).decode('ascii')}"
