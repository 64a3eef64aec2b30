"""Figure 2B: where each strategy's model finds its evidence, disease by disease."""

import io
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from numpy.typing import NDArray

from fundusfm.data.store.reader import Store
from fundusfm.explain.cam import heat_map
from fundusfm.explain.overlay import overlay
from fundusfm.models.bundle import read_bundle
from fundusfm.report.style import INK, MUTED, TEXT_SIZE

_CELL = 1.55  # inches


def cam_grid(
    store: Store,
    predictions: Mapping[str, pd.DataFrame],
    bundles: Mapping[str, Path],
    labels: Sequence[str],
    *,
    per_label: int,
) -> tuple[bytes, pd.DataFrame] | None:
    """Draws a grid: a row per photograph, first the crop, then the Grad-CAM overlay of each strategy's model.

    The photographs of a label are positives that the models together score highest out of fold: a map of a disease that
    the models do not see would show nothing about where they look.

    Args:
        store: The task's store, whose images are drawn.
        predictions: Strategy to the predictions of its cell.
        bundles: Strategy to its cell's bundle.
        labels: Rows of the grid.
        per_label: Photographs of each.

    Returns:
        The picture as PNG and the table behind it (image, label, strategy, out-of-fold score); None without positives.
    """
    chosen = [(label, image) for label in labels for image in _photographs(predictions, label, per_label)]
    if not chosen:
        return None
    models = {strategy: read_bundle(path) for strategy, path in bundles.items()}
    places = {image: place for place, image in enumerate(store.frame["image"])}
    columns = ["crop", *models]
    figure = Figure(figsize=(0.9 + _CELL * len(columns), 0.4 + _CELL * len(chosen)), layout="constrained")
    panels = figure.subplots(len(chosen), len(columns), squeeze=False)
    rows = []
    for line, (label, image) in zip(panels, chosen, strict=True):
        square: NDArray[np.uint8] = store.image(places[image])
        inside = _inside(len(square)) if store.crop(places[image]).fov.found else 1.0
        line[0].imshow(square)
        line[0].set_ylabel(label, fontsize=TEXT_SIZE, color=INK, rotation=0, ha="right", va="center")
        for axes, (strategy, model) in zip(line[1:], models.items(), strict=True):
            axes.imshow(overlay(square, heat_map(model, square, label) * inside))
            score = _score(predictions[strategy], label, image)
            axes.set_xlabel(f"{score:.2f}", fontsize=TEXT_SIZE - 1, color=MUTED, labelpad=1)
            rows.append({"image": image, "label": label, "strategy": strategy, "score": score})
    for axes, name in zip(panels[0], columns, strict=True):
        axes.set_title(name, fontsize=TEXT_SIZE, color=INK)
    for axes in panels.flat:
        axes.set_xticks([])
        axes.set_yticks([])
        axes.spines[:].set_visible(False)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=150, facecolor="white")
    return buffer.getvalue(), pd.DataFrame(rows)


def _inside(side: int) -> NDArray[np.float32]:
    """Returns 1 in the field of view of a crop, which is a square around it, and 0 outside."""
    middle = np.arange(side, dtype=np.float32) + 0.5 - side / 2
    return np.asarray(np.hypot(middle[:, None], middle[None]) < side / 2, np.float32)


def _photographs(predictions: Mapping[str, pd.DataFrame], label: str, count: int) -> list[str]:
    scores = []
    for frame in predictions.values():
        rows = frame[(frame["set"] == "cv") & (frame["label"] == label) & (frame["truth"] == 1)]
        scores.append(rows.set_index("image")["score"].rank(pct=True))
    mean = pd.concat(scores, axis=1).mean(axis=1).sort_values(ascending=False, kind="stable")
    return [str(image) for image in mean.index[:count]]


def _score(frame: pd.DataFrame, label: str, image: str) -> float:
    rows = frame[(frame["set"] == "cv") & (frame["label"] == label) & (frame["image"] == image)]
    return float(rows["score"].iloc[0])
