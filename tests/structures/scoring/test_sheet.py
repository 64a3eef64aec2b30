"""Sheets: which photographs are shown."""

import io
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
from PIL import Image

from fundusfm.structures.scoring.overlay import LEGEND
from fundusfm.structures.scoring.sheet import Entry, chosen, sheet


def test_lowest_middle_and_highest_are_chosen_once_each() -> None:
    dice = pd.DataFrame({"dice": np.random.default_rng(0).permutation(np.linspace(0, 1, 21))})
    assert chosen(dice, "dice")["dice"].round(2).tolist() == [0.0, 0.05, 0.45, 0.5, 0.95, 1.0]
    assert chosen(pd.DataFrame({"dice": [0.3, np.nan, 0.2]}), "dice")["dice"].tolist() == [0.2, 0.3]
    assert chosen(pd.DataFrame({"dice": [np.nan]}), "dice").empty


def test_a_sheet_is_a_picture_of_any_number_of_overlays(tmp_path: Path) -> None:
    for name, shape in (("a", (30, 40, 3)), ("b", (900, 700, 3))):
        cv2.imwrite(str(tmp_path / f"{name}.jpg"), np.full(shape, 99, np.uint8))
    for names in ("a", "ab", "aba"):
        content = sheet("set", [Entry(tmp_path / f"{name}.jpg", f"{name}: Dice 0.8") for name in names], LEGEND)
        assert Image.open(io.BytesIO(content)).size[0] > 300
