"""What masks say in a row: counts of pieces, and the disc."""

import numpy as np
import pytest

from fundusfm.models.segmentation.structures import MASKS
from fundusfm.structures.findings import cells_of_structures, columns_of_structures, count_pieces, disc_of


def test_pieces_that_touch_at_a_corner_are_one() -> None:
    mask = np.zeros((9, 9), bool)
    assert count_pieces(mask) == 0
    mask[1, 1] = mask[2, 2] = mask[6:8, 6:8] = True
    assert count_pieces(mask) == 2


def test_the_disc_has_a_centre_and_a_diameter() -> None:
    assert disc_of(np.zeros((9, 9), bool)) is None
    down, across = np.mgrid[:100, :120] + 0.5
    found = disc_of((down - 40) ** 2 + (across - 70) ** 2 <= 15**2)
    assert found is not None
    assert (found.x, found.y, found.diameter) == pytest.approx((70, 40, 30), abs=0.2)


def test_only_what_is_looked_for_has_columns() -> None:
    masks = {name: np.zeros((4, 4), bool) for name in MASKS}
    inside = np.zeros((4, 4), bool)
    inside[:2] = masks["vessels"][0, 0] = True
    cells = cells_of_structures(masks, inside, "")
    assert list(cells) == columns_of_structures(MASKS)
    assert cells["haemorrhages.count"] == cells["disc.found"] == 0 and cells["vessels.share"] == 0.125
    assert cells_of_structures({"vessels": inside}, inside, "") == {"vessels.share": 1}
    assert columns_of_structures(["vessels"]) == ["vessels.share"]
