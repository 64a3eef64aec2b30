"""Patches keep image and masks together, whatever the angle, scale and place."""

import cv2
import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from fundusfm.structures.training.augment import random_colours, random_patch
from fundusfm.structures.training.crops import MaskCrops


def crop(size: int = 128) -> tuple[NDArray[np.uint8], MaskCrops]:
    """A grey disc with a black cross; masks of both."""
    fov, vessels = np.zeros((size, size), np.uint8), np.zeros((size, size), np.uint8)
    cv2.circle(fov, (size // 2, size // 2), size // 2 - 1, 255, -1)
    cv2.line(vessels, (size // 4, size // 2), (3 * size // 4, size // 2), 255, 9)
    cv2.line(vessels, (size // 2, size // 4), (size // 2, 3 * size // 4), 255, 9)
    image = np.where(vessels > 0, 30, np.where(fov > 0, 150, 0)).astype(np.uint8)
    return np.repeat(image[..., None], 3, axis=2), MaskCrops(fov, {"vessels": vessels}, {})


def _patch(
    image: NDArray[np.uint8], masks: MaskCrops, side: int, seed: int
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    patch, target = random_patch(image, masks, labels=["vessels"], side=side, rng=np.random.default_rng(seed))
    return patch, target[0]


@given(st.integers(0, 10_000), st.sampled_from([32, 64, 128]))
def test_the_target_lies_on_the_vessels(seed: int, side: int) -> None:
    patch, target = _patch(*crop(), side, seed)
    assert patch.shape == (side, side, 3)
    assert set(np.unique(target)) <= {0, 1, 255}
    # Away from edges, which interpolation mixes, dark is vessel and bright is not, in any colours.
    sure = cv2.erode((target == 1).astype(np.uint8), np.ones((5, 5))) > 0
    plain = cv2.erode((target == 0).astype(np.uint8), np.ones((5, 5))) > 0
    if sure.sum() > 20 and plain.sum() > 20:
        assert np.median(patch[sure].mean(axis=-1)) < np.median(patch[plain].mean(axis=-1))


def test_a_whole_crop_shows_all_of_it() -> None:
    image, masks = crop()
    shares = []
    for seed in range(20):
        _, target = _patch(image, masks, 128, seed)
        shares.append(np.mean(target == 1) / np.mean(masks.drawn["vessels"] > 0))
    assert 0.4 < min(shares) <= max(shares) < 2.2


def test_patches_cover_the_field_of_view_and_start_inside() -> None:
    image, masks = crop()
    centres = [_patch(image, masks, 32, seed)[1][14:18, 14:18] for seed in range(50)]
    assert np.mean([(centre != 255).any() for centre in centres]) > 0.95


def test_equal_seeds_give_equal_patches() -> None:
    one, again, other = (_patch(*crop(), 64, seed) for seed in (5, 5, 6))
    assert np.array_equal(one[0], again[0])
    assert np.array_equal(one[1], again[1])
    assert not np.array_equal(one[0], other[0])


def test_masks_that_a_photograph_lacks_and_pixels_in_doubt_are_unknown() -> None:
    image, masks = crop()
    doubtful = np.full_like(masks.fov, 255)
    doubtful[:, 64:] = 0
    masks = MaskCrops(masks.fov, masks.drawn, {"vessels": doubtful})
    _, target = random_patch(image, masks, labels=["disc", "vessels"], side=128, rng=np.random.default_rng(0))
    assert (target[0] == 255).all()
    assert 0.2 < np.mean(target[1] != 255) < 0.6


def test_patches_around_a_small_thing_mostly_show_it_but_not_in_their_middle() -> None:
    image, masks = crop(256)
    spot = np.zeros_like(masks.fov)
    spot[100:103, 150:153] = 255
    masks = MaskCrops(masks.fov, {"disc": spot}, {})
    places = []
    for seed in range(40):
        rng = np.random.default_rng(seed)
        _, target = random_patch(image, masks, labels=["disc"], around="disc", side=64, rng=rng)
        places += [np.argwhere(target[0] == 1).mean(axis=0)] if (target == 1).any() else []
    assert len(places) > 30
    assert np.std(places) > 8


@given(st.integers(0, 10**6))
def test_colours_change_and_order_stays(seed: int) -> None:
    strips = np.repeat(np.array([40, 120, 200], np.uint8), 32)
    image = np.repeat(np.tile(strips, (24, 1))[..., None], 3, axis=2)
    changed = random_colours(image, np.random.default_rng(seed))
    assert changed.dtype == np.uint8
    dark, middle, bright = (changed[:, left + 8 : left + 24].mean() for left in (0, 32, 64))
    assert dark < middle <= bright  # the brightest may all be white


def test_outside_the_field_of_view_there_is_no_disc_and_nothing_is_known_of_the_rest() -> None:
    image, masks = crop()
    drawn = {"vessels": masks.drawn["vessels"], "disc": masks.drawn["vessels"]}
    _, target = random_patch(
        image,
        MaskCrops(masks.fov, drawn, {}),
        labels=["vessels", "disc"],
        side=128,
        rng=np.random.default_rng(0),
    )
    outside = target[0] == 255
    assert outside.any()
    assert not target[1][outside].any()
