"""The sheet of one photograph: as taken, as the network sees it, and with the evidence drawn on it."""

import io

import numpy as np
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from fundusfm.data.shrink import shrunk
from fundusfm.explain.overlay import COLOR
from fundusfm.report.save import plain_names
from fundusfm.report.text import short

_INK = "#1f2933"
_MUTED = "#5c6773"
_LONGEST = 900
_METHOD_NAMES = {"gradcam": "Grad-CAM", "hirescam": "HiResCAM"}


def sheet(
    photograph: np.ndarray,
    crop: np.ndarray,
    overlaid: np.ndarray,
    *,
    title: str,
    label: str,
    score: float,
    method: str,
    note: str = "",
) -> bytes:
    """Draws photograph, crop and overlay side by side with a colour bar and the score.

    Args:
        photograph: uint8 (h, w, 3) RGB, the original.
        crop: uint8 (s, s, 3), the network's input.
        overlaid: uint8 (h, w, 3), the original with the heat map.
        title: Name of the photograph.
        label: Label that the map is of, in words.
        score: Score of that label, 0..1.
        method: `gradcam` or `hirescam`.
        note: Further text below the pictures, such as the true label.

    Returns:
        A PNG file.
    """
    aspect = photograph.shape[1] / photograph.shape[0]
    figure = Figure(figsize=(3.2 * (2 * aspect + 1) + 0.9, 4.1), layout="constrained")
    panels = figure.subplots(1, 3, gridspec_kw={"width_ratios": [aspect, 1, aspect]})
    for axes, image, name in zip(
        panels,
        (photograph, crop, overlaid),
        (
            f"photograph, {photograph.shape[1]} × {photograph.shape[0]} px",
            f"what the network sees, {crop.shape[0]} px",
            f"evidence for {short(label, 40)}",
        ),
        strict=True,
    ):
        axes.imshow(shrunk(image, _LONGEST), interpolation="lanczos")
        axes.set_title(name, fontsize=9, color=_INK)
        axes.set_axis_off()
    veil = LinearSegmentedColormap.from_list("evidence", ["#ffffff", "#{:02x}{:02x}{:02x}".format(*COLOR)])
    bar = figure.colorbar(ScalarMappable(cmap=veil), ax=panels, fraction=0.025, pad=0.01, ticks=[0, 0.5, 1])
    bar.ax.set_yticklabels(["none", "half", "strongest\nhere"], fontsize=7.5, color=_MUTED)
    bar.outline.set_visible(False)
    bar.ax.tick_params(length=0)
    figure.suptitle(short(title, 160), x=0.01, ha="left", fontsize=10, fontweight="bold", color=_INK)
    caption = f"{_METHOD_NAMES[method]}, {label}: score {score:.3f}" + (f"; {note}" if note else "")
    figure.supxlabel(f"{short(caption, 240)}. Each map is scaled to its own maximum.", fontsize=8.5, color=_MUTED)
    plain_names(figure)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=130, facecolor="white")
    return buffer.getvalue()
