"""A map of photographs as a figure, and as a page whose points tell what they are."""

import html
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from fundusfm.report.text import drawable, short
from fundusfm.runs import write_atomic

UNKNOWN = "unknown"
_GREY = "#b8bec6"
_COLOURS = (
    "#0072B2",
    "#D55E00",
    "#009E73",
    "#CC79A7",
    "#E69F00",
    "#56B4E9",
    "#8A6100",
    "#5B3E96",
    "#A6761D",
    "#1B9E77",
    "#E7298A",
    "#66A61E",
)
_MOST_GROUPS = len(_COLOURS)
_LONGEST_NAME = 40


def is_number(values: "pd.Series[str]") -> bool:
    """Whether the known cells of a column are numbers of so many values that a scale tells more than a legend."""
    known = values[values != ""]
    numbers = pd.to_numeric(known, errors="coerce")
    return bool(len(known) and numbers.notna().all() and numbers.nunique() > _MOST_GROUPS)


def groups_of(values: "pd.Series[str]") -> dict[str, NDArray[np.bool_]]:
    """Returns the rows of each group: the commonest ones by name, `other` for the rest, `unknown` for empty cells."""
    counts = values[values != ""].value_counts()
    named = sorted(counts.index[: _MOST_GROUPS - 1 if len(counts) > _MOST_GROUPS else _MOST_GROUPS])
    groups = {str(name): (values == name).to_numpy() for name in named}
    other = ((values != "") & ~values.isin(named)).to_numpy()
    unknown = (values == "").to_numpy()
    return {**groups, **({"other": other} if other.any() else {}), **({UNKNOWN: unknown} if unknown.any() else {})}


def map_figure(places: NDArray[np.float64], values: "pd.Series[str]", *, title: str) -> Figure:
    """Draws the map; t-SNE's axes have no unit, so there are none.

    Args:
        places: float (n, 2).
        values: (n,) the column that colours; empty is unknown.
        title: Title above the map.
    """
    figure = Figure(figsize=(7.5, 6), layout="constrained")
    axes = figure.subplots()
    size = float(np.clip(9000 / max(len(places), 1), 5, 40))
    if is_number(values):
        numbers = pd.to_numeric(values, errors="coerce").to_numpy(float)
        unknown = np.isnan(numbers)
        axes.scatter(places[unknown, 0], places[unknown, 1], s=size, color=_GREY, linewidths=0, label=UNKNOWN)
        drawn = axes.scatter(
            places[~unknown, 0], places[~unknown, 1], s=size, c=numbers[~unknown], cmap="cividis", linewidths=0
        )
        figure.colorbar(drawn, ax=axes, label=str(values.name), shrink=0.8)
    else:
        scatter_groups(axes, places, values, size=size)
        axes.legend(loc="center left", bbox_to_anchor=(1, 0.5), frameon=False, fontsize=9, markerscale=1.5)
    axes.set_title(short(title, 80), loc="left", fontsize=11)
    axes.set_xticks([])
    axes.set_yticks([])
    axes.set_aspect("equal", adjustable="datalim")
    axes.spines[:].set_visible(False)
    return figure


def scatter_groups(axes: Axes, places: NDArray[np.float64], values: "pd.Series[str]", *, size: float) -> None:
    """Draws a point per row in the colour of its group, with the group's name and number for a legend.

    Args:
        axes: Axes to draw on.
        places: float (n, 2).
        values: (n,) groups; empty is unknown.
        size: Area of a point in square points.
    """
    # Unknown points first, so that they lie below what is known.
    for name, rows in sorted(groups_of(values).items(), key=lambda item: item[0] != UNKNOWN):
        axes.scatter(
            places[rows, 0],
            places[rows, 1],
            s=size,
            color=_colour(name, values),
            linewidths=0,
            alpha=0.8,
            label=f"{short(name, _LONGEST_NAME)} ({int(rows.sum())})",
        )


def write_map_page(path: Path, places: NDArray[np.float64], frame: pd.DataFrame, column: str, *, title: str) -> None:
    """Writes the map as one self-contained page; the pointer shows image and columns of a point.

    Args:
        path: The HTML file.
        places: float (n, 2).
        frame: (n) rows; all its columns are shown under the pointer.
        column: The column that colours.
        title: Title above the map.
    """
    import plotly.graph_objects as go  # comes with the extra [train], and the rest of `embed` does not need it

    values = frame[column]
    hover = [
        "<br>".join(f"{html.escape(str(name))}: {html.escape(cell)}" for name, cell in row.items() if cell != "")
        for row in frame.to_dict("records")
    ]
    figure = go.Figure()
    if is_number(values):
        numbers = pd.to_numeric(values, errors="coerce")
        figure.add_scattergl(
            x=places[:, 0],
            y=places[:, 1],
            mode="markers",
            text=hover,
            hoverinfo="text",
            marker={"size": 6, "color": numbers, "colorscale": "Cividis", "colorbar": {"title": html.escape(column)}},
        )
    else:
        for name, rows in groups_of(values).items():
            figure.add_scattergl(
                x=places[rows, 0],
                y=places[rows, 1],
                mode="markers",
                name=html.escape(name),
                hoverinfo="text",
                text=[line for line, keep in zip(hover, rows, strict=True) if keep],
                marker={"size": 6, "opacity": 0.8, "color": _colour(name, values)},
            )
    figure.update_layout(
        title=html.escape(title),
        template="plotly_white",
        xaxis={"visible": False},
        legend={"itemsizing": "constant"},
        yaxis={"visible": False, "scaleanchor": "x"},
    )
    page = figure.to_html(include_plotlyjs=True, full_html=True, config={"displaylogo": False})
    write_atomic(path, drawable(page))


def _colour(name: str, values: "pd.Series[str]") -> str:
    names = [group for group in groups_of(values) if group not in (UNKNOWN, "other")]
    return _COLOURS[names.index(name)] if name in names else (_GREY if name == UNKNOWN else "#5c6773")
