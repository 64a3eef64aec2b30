"""The optic disc has the size, the outline and the vessels of one, or there is none and a reason."""

import cv2
import numpy as np
import pytest

from fundusfm.models.segmentation.disc import ChosenDisc, choose_disc

SIDE = 200
INSIDE = cv2.circle(np.zeros((SIDE, SIDE), np.uint8), (100, 100), 99, 1, -1) > 0


def vessels() -> np.ndarray:
    """Vessels that come out of a disc at (60, 100), and one elsewhere."""
    drawn = np.zeros((SIDE, SIDE), np.uint8)
    for x, y in ((110, 30), (110, 170), (20, 60), (20, 140)):
        cv2.line(drawn, (60, 100), (x, y), 1, 4)
    return drawn > 0


def chosen(*shapes: tuple[int, int, int, int], known: bool = True) -> ChosenDisc:
    """Chooses among ellipses, each with its middle and half its width and height."""
    found = np.zeros((SIDE, SIDE), np.uint8)
    for x, y, across, down in shapes:
        cv2.ellipse(found, (x, y), (across, down), 0, 0, 360, 1, -1)
    return choose_disc(found > 0, found.astype(np.float32), INSIDE, vessels() if known else None)


def test_what_looks_like_a_disc_is_one() -> None:
    disc = chosen((60, 100, 14, 16))
    assert disc.mask[100, 60] and 600 < disc.mask.sum() < 800 and not disc.doubt
    assert not chosen().mask.any() and not chosen().doubt


def test_a_disc_that_the_edge_of_the_field_of_view_cuts_is_round() -> None:
    assert chosen((5, 100, 15, 15), known=False).mask.any()


@pytest.mark.parametrize(
    ("shape", "doubt"),
    [
        ((60, 100, 6, 6), "too small (6% of the field of view's diameter)"),
        ((60, 100, 40, 40), "too large"),
        ((60, 100, 6, 40), "not round"),
        ((150, 100, 15, 15), "no vessels"),
    ],
)
def test_what_cannot_be_a_disc_is_none(shape: tuple[int, int, int, int], doubt: str) -> None:
    disc = chosen(shape)
    assert not disc.mask.any() and doubt in disc.doubt


def test_vessels_choose_between_a_plaque_and_the_disc() -> None:
    plaque, disc = (150, 100, 20, 20), (60, 100, 14, 14)
    assert chosen(plaque, disc).mask[100, 60] and not chosen(plaque, disc).mask[100, 150]
    assert chosen(plaque, disc, known=False).mask[100, 150]  # the larger of the two
