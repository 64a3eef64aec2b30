"""The sheet of crops."""

from pathlib import Path

import cv2
import numpy as np

from fundusfm.commands.data import prepare
from fundusfm.data.store.preview import write_preview
from fundusfm.data.store.reader import open_store


def test_photographs_without_a_circle_come_first_and_the_circle_is_drawn(table: Path, tmp_path: Path) -> None:
    prepare(manifest=str(table), size=48, out=str(tmp_path / "s"), workers=1)
    sheet = cv2.imread(str(write_preview(open_store(str(tmp_path / "s")), 3)))
    assert sheet is not None
    height, width = sheet.shape[:2]
    assert height < 250 and 1000 < width < 1300
    red, green = (np.abs(sheet.astype(int) - colour).max(axis=-1) < 45 for colour in ((60, 60, 255), (0, 230, 0)))
    assert red[:, : width // 3].any() and not red[:, width // 3 :].any()
    assert green[:, width // 3 :].any() and not green[:, : width // 3].any()


def test_an_original_that_is_gone_is_said(table: Path, tmp_path: Path) -> None:
    prepare(manifest=str(table), size=48, out=str(tmp_path / "s"), workers=1)
    store = open_store(str(tmp_path / "s")).take([1])
    store.frame = store.frame.assign(source="/nowhere/a.jpg")
    whole = cv2.imread(str(write_preview(open_store(str(tmp_path / "s")).take([1]), 1)))
    without = cv2.imread(str(write_preview(store, 1)))
    assert whole is not None and without is not None and whole.shape == without.shape
    assert not np.array_equal(whole[:, :200], without[:, :200])
    assert np.array_equal(whole[20:, 202:], without[20:, 202:])
