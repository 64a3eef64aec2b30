"""Layers of found structures: what they cover, and colours that everybody can tell apart."""

import itertools

import numpy as np
import pytest
from skimage.color import deltaE_ciede2000, rgb2lab
from tests.structures.drawn import segmenter_of_shapes

from fundusfm.models.segmentation.structures import LESIONS, MASKS
from fundusfm.structures.layers import COLOUR_WORDS, COLOURS, draw_layer, drawn_over, layers_of, outlined, with_legend

# Machado, Oliveira and Fernandes, IEEE Transactions on Visualization and Computer Graphics 15(6), 2009, severity 1.
SEEN = {
    "all colours": np.eye(3),
    "no red": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "no green": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "no blue": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}


def lab(colour: tuple[int, int, int], seen: str) -> np.ndarray:
    share = np.array(colour) / 255
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    shown = np.clip(np.array(SEEN[seen]) @ linear, 0, 1)
    return rgb2lab(np.where(shown <= 0.0031308, 12.92 * shown, 1.055 * shown ** (1 / 2.4) - 0.055))


@pytest.mark.parametrize("seen", SEEN)
def test_colours_differ_for_everybody(seen: str) -> None:
    lesions = itertools.combinations([COLOURS[lesion] for lesion in LESIONS], 2)
    for one, other in (*lesions, (COLOURS["arteries"], COLOURS["veins"])):
        # A difference of 2 is just seen by a practised eye side by side; 20 is another colour.
        assert deltaE_ciede2000(lab(one, seen), lab(other, seen)) > 20, (one, other)


def test_a_segmenter_of_vessels_has_one_layer() -> None:
    assert layers_of(["vessels"]) == {"vessels": ["vessels"]}
    assert layers_of(MASKS) == {"lesions": list(LESIONS), "vessels": ["arteries", "veins"], "disc": ["disc"]}
    assert layers_of(["disc", "arteries"]) == {"disc": ["disc"]}


def test_layers_show_what_was_found_and_nothing_else() -> None:
    masks = {name: np.zeros((200, 240), bool) for name in MASKS}
    masks["vessels"][50, 20:220] = masks["arteries"][50, 20:220] = True
    masks["haemorrhages"][100:110, 60:70] = True
    masks["disc"][80:120, 150:190] = True
    vessels = draw_layer("vessels", ["arteries", "veins"], masks)
    assert np.array_equal(vessels[..., 3] > 0, masks["arteries"])
    lesions = draw_layer("lesions", LESIONS, masks)
    assert 0 < lesions[105, 65, 3] < 128 and lesions[99, 65, 3] == 255  # the lesion shows through, its line does not
    disc = draw_layer("disc", ["disc"], masks)
    assert disc[100, 170, 3] == 0 and disc[79, 170, 3] == 255
    image = np.full((200, 240, 3), (180, 80, 30), np.uint8)
    drawn = drawn_over(image, masks)
    assert np.array_equal(drawn[150:], image[150:]) and drawn[50, 100, 0] > drawn[50, 100, 1]
    assert np.array_equal(drawn_over(image, {name: np.zeros_like(mask) for name, mask in masks.items()}), image)


def test_lines_alone_leave_the_vessels_out() -> None:
    masks = {name: np.zeros((200, 240), bool) for name in MASKS}
    masks["arteries"][50, 20:220] = masks["haemorrhages"][100:110, 60:70] = True
    image = np.full((200, 240, 3), 90, np.uint8)
    drawn = outlined(image, masks)
    assert np.array_equal(drawn[:90], image[:90]) and (drawn[99, 65] == COLOURS["haemorrhages"]).all()
    assert set(COLOUR_WORDS) == set(MASKS)


def test_the_legend_is_below_the_picture_and_breaks_lines() -> None:
    image = np.full((60, 300, 3), 90, np.uint8)
    short = with_legend(image, {"arteries": "arteries"})
    long = with_legend(image, {mask: f"{mask} 12" for mask in MASKS})
    assert np.array_equal(short[:60], image) and 60 < short.shape[0] < long.shape[0] and long.shape[1] == 300
    assert (long[60:] == COLOURS["haemorrhages"]).all(-1).any()


def test_shapes_are_found_where_they_were_drawn() -> None:
    segmenter = segmenter_of_shapes()
    masks = segmenter.masks(segmenter.in_crop(np.zeros((256, 256, 3), np.uint8)), np.ones((256, 256), np.bool_)).masks
    assert masks["disc"][128, 179] and not masks["soft_exudates"].any()


def test_a_black_line_has_a_light_rim() -> None:
    masks = {name: np.zeros((200, 200), bool) for name in LESIONS}
    masks["soft_exudates"][80:120, 80:120] = True
    layer = draw_layer("lesions", list(masks), masks)
    row = [tuple(int(value) for value in pixel) for pixel in layer[100, 70:85]]
    assert (235, 235, 235, 255) in row and row.index((235, 235, 235, 255)) < row.index((0, 0, 0, 255))
