"""What every figure and page shares: one colour and line per strategy, font sizes, bare axes.

Colours are from the palette of Okabe and Ito (2008, "Color Universal Design"), which stays apart under every
common colour-vision deficiency; each strategy also has its own dash and marker, so that a grey print still reads.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import cycle
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from fundusfm.report.text import short

INK = "#1f2933"
MUTED = "#5c6773"
HAIRLINE = "#d5dae0"
POSITIVE = "#d55e00"
NEGATIVE = "#0072b2"
TEXT_SIZE = 8.5
_LEGEND_LINE = 0.155  # inches
_LETTERS_PER_INCH = 12


@dataclass(frozen=True)
class Look:
    """How one series is drawn wherever it appears: colour, dash pattern and marker."""

    colour: str
    dash: Any
    marker: str


STRATEGIES: dict[str, Look] = {
    "scratch": Look("#6b7280", (0, (1, 1.2)), "s"),
    "imagenet": Look("#0072b2", (0, (5, 1.6)), "^"),
    "fundus": Look("#009e73", (0, (6, 1.5, 1, 1.5)), "D"),
    "imagenet+fundus": Look("#d55e00", "solid", "o"),
}
_OTHERS = (
    Look("#0072b2", "solid", "o"),
    Look("#d55e00", (0, (5, 1.6)), "^"),
    Look("#009e73", (0, (6, 1.5, 1, 1.5)), "D"),
    Look("#a8518a", (0, (1, 1.2)), "s"),
    Look("#8a6100", (0, (3, 1, 1, 1, 1, 1)), "v"),
    Look("#1f2933", "solid", "P"),
    Look("#56b4e9", (0, (8, 1.5)), "X"),
    Look("#e69f00", (0, (3, 1.2)), "p"),
)


def looks(names: Iterable[str]) -> dict[str, Look]:
    """Returns the look of every series: a strategy's own, else the next free one in order of appearance.

    A report calls this once, with all its series, so that each keeps its colour in every table and figure.
    """
    names = list(dict.fromkeys(names))
    taken = {STRATEGIES[name].colour for name in names if name in STRATEGIES}
    free = cycle([look for look in _OTHERS if look.colour not in taken])
    return {name: STRATEGIES[name] if name in STRATEGIES else next(free) for name in names}


def strategy_order(name: str) -> tuple[int, str]:
    """Sort key: the four strategies in their natural order, anything else after them by name."""
    order = list(STRATEGIES)
    return (order.index(name) if name in order else len(order), name)


def new_figure(width: float, height: float) -> tuple[Figure, Axes]:
    """Returns a figure (inches) with one axes in the shared style; it belongs to no global state."""
    figure = Figure(figsize=(width, height), layout="constrained")
    axes = figure.add_subplot()
    bare(axes)
    return figure, axes


def bare(axes: Axes) -> None:
    """Takes the box away and leaves two thin axes, a faint grid, and small grey tick labels."""
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set_color(MUTED)
        axes.spines[side].set_linewidth(0.8)
    axes.grid(True, color=HAIRLINE, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.tick_params(colors=MUTED, labelcolor=INK, labelsize=TEXT_SIZE, width=0.8, length=3)


def label(axes: Axes, *, title: str = "", x: str = "", y: str = "") -> None:
    """Names the axes and puts a left-aligned title above them."""
    axes.set_xlabel(x, fontsize=TEXT_SIZE, color=INK)
    axes.set_ylabel(y, fontsize=TEXT_SIZE, color=INK)
    if title:
        # A title wider than its figure would leave no room for the axes.
        longest = round(axes.figure.bbox.width / axes.figure.dpi * _LETTERS_PER_INCH)
        axes.set_title(short(title, longest), fontsize=TEXT_SIZE + 1, color=INK, loc="left", fontweight="bold")


def legend(axes: Axes, *, where: str = "best", title: str | None = None) -> None:
    """Adds a frameless legend, where there is anything to name."""
    if axes.get_legend_handles_labels()[0]:
        box = axes.legend(  # type: ignore[call-overload]
            loc=where,
            fontsize=TEXT_SIZE - 1,
            labelcolor=INK,
            title=title,
            frameon=True,
            framealpha=0.85,
            edgecolor="none",
            facecolor="white",
            borderpad=0.3,
            handlelength=2.4,
        )
        box.get_title().set_fontsize(TEXT_SIZE - 1)
        box.get_title().set_color(MUTED)


def legend_below(figure: Figure, axes: Axes, *, title: str | None = None) -> None:
    """Puts the legend below the axes, where it hides nothing, and makes the figure taller by as much."""
    handles, names = axes.get_legend_handles_labels()
    names = [short(name, round(figure.get_figwidth() * _LETTERS_PER_INCH)) for name in names]
    if not handles:
        return
    figure.set_figheight(figure.get_figheight() + _LEGEND_LINE * (len(names) + bool(title)))
    box = figure.legend(
        handles,
        names,
        loc="outside lower left",
        fontsize=TEXT_SIZE,
        labelcolor=INK,
        title=title,
        alignment="left",
        frameon=False,
        handlelength=2.6,
        borderpad=0.1,
        labelspacing=0.25,
    )
    box.get_title().set_fontsize(TEXT_SIZE)
    box.get_title().set_color(MUTED)


def nothing(axes: Axes, reason: str) -> None:
    """Says inside empty axes why there is nothing to draw."""
    axes.text(
        0.5, 0.5, reason, transform=axes.transAxes, ha="center", va="center", fontsize=TEXT_SIZE, color=MUTED, wrap=True
    )
