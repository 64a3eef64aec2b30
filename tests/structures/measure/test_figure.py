"""Figures of what was measured: drawn on the photograph where it is there, with a legend of all that is shown."""

from pathlib import Path

import cv2
import numpy as np

from fundusfm.structures.measure.figure import measure_figure
from fundusfm.structures.measure.inputs import PhotographMasks

SHAPE = (200, 240)


def masks(path: Path | None = None) -> PhotographMasks:
    vessels = np.zeros(SHAPE, bool)
    vessels[100, 20:220] = True
    return PhotographMasks({}, {"vessels": vessels}, np.ones(SHAPE, bool), path=path)


def colour_at_corner(figure: np.ndarray) -> list[int]:
    return np.asarray(figure[20, 20]).tolist()


def test_the_photograph_is_beneath_where_its_file_is_there(tmp_path: Path) -> None:
    red = np.zeros((*SHAPE, 3), np.uint8)
    red[..., 2] = 200  # OpenCV writes BGR
    cv2.imwrite(str(tmp_path / "red.png"), red)
    assert colour_at_corner(measure_figure(masks(tmp_path / "red.png"), [])) == [200, 0, 0]
    cv2.imwrite(str(tmp_path / "small.png"), red[:50])
    for path in (None, tmp_path / "gone.png", tmp_path / "small.png"):
        assert colour_at_corner(measure_figure(masks(path), [])) == [90, 90, 90]


def test_the_legend_names_what_is_shown() -> None:
    figure = measure_figure(masks(), [])
    strip = figure[round(1600 * SHAPE[0] / SHAPE[1]) :]
    assert len(strip) > 20 and (strip == (255, 240, 120)).all(axis=2).any()  # vessels are yellow
