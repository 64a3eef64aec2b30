"""Two fields of view in one frame are told from one, cut off or not."""

import cv2
import numpy as np
import pytest
import skimage.data
from tests.screening.pictures import Image, disc, oct_scan, plain

from fundusfm.screening.gates.fields import count_fields


def _retina() -> Image:
    return disc(cv2.resize(skimage.data.retina(), (400, 400), interpolation=cv2.INTER_AREA))


def test_one_field() -> None:
    retina = _retina()
    assert count_fields(retina) == 1
    assert count_fields(retina[60:340]) == 1  # cut off above and below
    assert count_fields(retina[:, :210]) == 1
    assert count_fields(cv2.copyMakeBorder(retina, 0, 0, 200, 200, cv2.BORDER_CONSTANT)) == 1
    assert count_fields(skimage.data.retina()) == 1


@pytest.mark.parametrize("gap", [0, 1, 80])
def test_two_fields_side_by_side_or_one_above_the_other(gap: int) -> None:
    retina = _retina()
    wide = np.concatenate([retina, np.zeros((400, gap, 3), np.uint8), retina[:, ::-1]], axis=1)
    assert count_fields(wide) == 2
    assert count_fields(np.ascontiguousarray(wide.transpose(1, 0, 2))) == 2
    overlapping = np.concatenate([retina[:, :392], retina[:, 8:]], axis=1)
    assert count_fields(overlapping) == 2


@pytest.mark.parametrize("image", [plain((0, 0, 0)), plain((255, 255, 255)), oct_scan(), np.zeros((1, 3, 3), np.uint8)])
def test_other_pictures_are_one_field(image: Image) -> None:
    assert count_fields(image) == 1
