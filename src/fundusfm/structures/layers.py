"""Found structures as layers over a photograph: vessels, optic disc and lesions, and the legend of their colours.

Arteries are red and veins blue, as everywhere. Any two colours that may lie on one picture can be told apart by people
who see no red, no green or no blue (`tests/structures/test_layers.py`). Cyan is left to the evidence of a score.
"""

from collections.abc import Iterable, Mapping, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from fundusfm.models.segmentation import structures
from fundusfm.models.segmentation.arrays import Mask

COLOURS = {
    structures.VESSELS: (255, 240, 120),
    structures.ARTERIES: (255, 70, 110),
    structures.VEINS: (70, 130, 255),
    structures.DISC: (255, 255, 255),
    structures.MICROANEURYSMS: (255, 255, 255),
    structures.HAEMORRHAGES: (150, 255, 0),
    structures.HARD_EXUDATES: (130, 0, 200),
    structures.SOFT_EXUDATES: (0, 0, 0),
}
"""RGB by mask."""
COLOUR_WORDS = {
    structures.VESSELS: "yellow",
    structures.ARTERIES: "red",
    structures.VEINS: "blue",
    structures.DISC: "white",
    structures.MICROANEURYSMS: "white",
    structures.HAEMORRHAGES: "green",
    structures.HARD_EXUDATES: "purple",
    structures.SOFT_EXUDATES: "black",
}
"""What people call these colours."""

LESIONS, VESSELS, DISC = "lesions", "vessels", "disc"
TITLES = {LESIONS: "Lesions", VESSELS: "Vessels", DISC: "Optic disc"}
"""Names of layers in words, in the order in which they are offered."""

_VESSEL_OPACITY = 0.8
_LESION_OPACITY = 0.25
_DISC_LINE, _LESION_LINE = 1 / 250, 1 / 400
"""Width of a line as a share of the picture's longer side."""

_BACK, _INK = (24, 24, 24), (240, 240, 240)

_BLACK, _RIM = (0, 0, 0), (235, 235, 235)
"""A black line has a light rim, else nobody would see it on a dark retina."""


def layers_of(labels: Sequence[str]) -> dict[str, list[str]]:
    """Returns the layers that some masks make, each with the masks that it shows.

    Vessels are shown as arteries and veins where these are known.
    """
    known = set(labels)
    sides = [mask for mask in (structures.ARTERIES, structures.VEINS) if mask in known]
    vessels = sides if len(sides) == 2 else [mask for mask in (structures.VESSELS,) if mask in known]
    lesions = [mask for mask in structures.LESIONS if mask in known]
    disc = [mask for mask in (structures.DISC,) if mask in known]
    return {name: shown for name, shown in ((LESIONS, lesions), (VESSELS, vessels), (DISC, disc)) if shown}


def draw_layer(name: str, shown: Sequence[str], masks: Mapping[str, Mask]) -> NDArray[np.uint8]:
    """Draws a layer, transparent where nothing was found.

    Vessels are filled; the disc is an outline; a lesion has a line around it, so that it stays visible itself.

    Args:
        name: One of `TITLES`.
        shown: Its masks, as `layers_of` returns them.
        masks: bool (height, width) by mask.

    Returns:
        uint8 (height, width, 4) RGBA.
    """
    layer = np.zeros((*masks[shown[0]].shape, 4), np.uint8)
    longest = max(layer.shape[:2])
    for mask in shown:
        found, colour = masks[mask], COLOURS[mask]
        if name == VESSELS:
            layer[found] = (*colour, round(_VESSEL_OPACITY * 255))
        elif name == DISC:
            line = _around(found, max(2, round(longest * _DISC_LINE)))
            layer[line] = (*colour, 255)
        else:
            width = max(1, round(longest * _LESION_LINE))
            if colour == _BLACK:
                layer[_around(found, 2 * width)] = (*_RIM, 255)
            layer[found] = (*colour, round(_LESION_OPACITY * 255))
            layer[_around(found, width)] = (*colour, 255)
    return layer


def drawn_over(image: NDArray[np.uint8], masks: Mapping[str, Mask]) -> NDArray[np.uint8]:
    """Draws all layers over a photograph.

    Args:
        image: uint8 (height, width, 3) RGB.
        masks: bool (height, width) by mask.

    Returns:
        uint8 (height, width, 3); unchanged where nothing was found.
    """
    return laid_over(image, (draw_layer(name, shown, masks) for name, shown in layers_of(list(masks)).items()))


def outlined(image: NDArray[np.uint8], masks: Mapping[str, Mask]) -> NDArray[np.uint8]:
    """Draws the lines around lesions and disc over a photograph, without its vessels; arguments as for `drawn_over`."""
    around = (structures.DISC, *structures.LESIONS)
    return drawn_over(image, {mask: found for mask, found in masks.items() if mask in around})


def laid_over(image: NDArray[np.uint8], layers: Iterable[NDArray[np.uint8]]) -> NDArray[np.uint8]:
    """Lays layers over a photograph.

    Args:
        image: uint8 (height, width, 3) RGB.
        layers: uint8 (height, width, 4) RGBA, the uppermost first.

    Returns:
        uint8 (height, width, 3).
    """
    drawn = image.copy()
    for layer in reversed(list(layers)):
        covered = layer[..., 3] > 0
        opacity = layer[covered][:, 3:] / 255
        drawn[covered] = np.rint(drawn[covered] * (1 - opacity) + layer[covered][:, :3] * opacity).astype(np.uint8)
    return drawn


def with_legend(image: NDArray[np.uint8], entries: Mapping[str, str]) -> NDArray[np.uint8]:
    """Adds a strip below a picture that says what its colours mean.

    Args:
        image: uint8 (height, width, 3) RGB.
        entries: Mask to what is said of it.

    Returns:
        uint8 (height + strip, width, 3); the picture itself stays as it is.
    """
    width = image.shape[1]
    text = int(np.clip(width / 45, 12, 40))
    font = ImageFont.load_default(text)
    places, x, y = [], text // 2, text // 2
    for mask, said in entries.items():
        length = round(1.4 * text + font.getlength(said) + text)
        if x > text // 2 and x + length > width:
            x, y = text // 2, y + round(1.5 * text)
        places.append((x, y, mask, said))
        x += length
    strip = Image.new("RGB", (width, y + 2 * text), _BACK)
    draw = ImageDraw.Draw(strip)
    for x, y, mask, said in places:
        draw.rectangle((x, y, x + text, y + text), fill=COLOURS[mask], outline=_INK)
        draw.text((x + 1.4 * text, y - text // 8), said, fill=_INK, font=font)
    return np.concatenate([image, np.asarray(strip)])


def _around(mask: Mask, width: int) -> Mask:
    """Returns the pixels around a mask up to a distance."""
    side = 2 * width + 1
    grown = cv2.dilate(mask.astype(np.uint8), cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side)))
    return np.asarray(grown.astype(np.bool_) & ~mask)
