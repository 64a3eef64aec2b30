"""Contact sheets: every photograph in its place, and a sheet for every forty."""

from pathlib import Path

import numpy as np

from fundusfm.data.decode.image import decode
from fundusfm.structures.contact import ACROSS, DOWN, SIDE, ContactSheets


def test_photographs_fill_sheets_in_order(tmp_path: Path) -> None:
    sheets = ContactSheets(tmp_path / "sheets")
    disc = np.zeros((40, 80), bool)
    disc[15:25, 50:60] = True
    for number in range(ACROSS * DOWN + 2):
        grey = np.full((40, 80, 3), 60 + 4 * number, np.uint8)
        sheets.add(grey, {"disc": disc}, f"{number:04d} " + "a long name " * 20)
    sheets.finish()
    assert sorted(path.name for path in (tmp_path / "sheets").iterdir()) == ["001.jpg", "002.jpg"]
    first, second = (decode(tmp_path / "sheets" / f"00{number}.jpg").image for number in (1, 2))
    assert first.shape[0] == DOWN * second.shape[0] and first.shape[1] == second.shape[1] == ACROSS * SIDE
    middle = SIDE // 2
    for number in (0, 1, ACROSS, ACROSS * DOWN - 1):
        top, left = number // ACROSS * (first.shape[0] // DOWN), number % ACROSS * SIDE
        assert abs(int(first[top + middle, left + 40, 1]) - (60 + 4 * number)) <= 3
    assert abs(int(second[middle, SIDE + 40, 1]) - (60 + 4 * (ACROSS * DOWN + 1))) <= 3
    assert second[middle, 2 * SIDE + 40].max() < 60  # nothing of the first sheet is left
    ring = first[:SIDE, :SIDE, 1].astype(int) > 200
    assert ring.any() and not ring[middle, 220]  # an outline, the disc itself stays to be seen


def test_no_photograph_makes_no_sheet(tmp_path: Path) -> None:
    ContactSheets(tmp_path / "sheets").finish()
    assert not (tmp_path / "sheets").exists()
