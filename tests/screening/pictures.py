"""Pictures that are no fundus photographs, bytes of image files, and files with damage; all the same at every call."""

import functools

import cv2
import numpy as np
import skimage.data
from numpy.typing import NDArray
from sklearn.datasets import load_sample_image

Image = NDArray[np.uint8]

ORANGE = (220, 120, 40)


def encode(image: Image, suffix: str = ".jpg") -> bytes:
    """Returns an image file's bytes."""
    done, content = cv2.imencode(suffix, cv2.cvtColor(image, cv2.COLOR_RGB2BGR))
    assert done
    return bytes(content)


def plain(colour: tuple[int, int, int], side: int = 512) -> Image:
    """A frame of one colour."""
    return np.full((side, side, 3), colour, np.uint8)


def disc(image: Image) -> Image:
    """The picture seen through a round hole in black."""
    height, width = image.shape[:2]
    rows, columns = np.mgrid[:height, :width]
    seen = np.hypot(columns - width / 2, rows - height / 2) < 0.48 * min(height, width)
    return np.where(seen[..., None], image, 0).astype(np.uint8)


def oct_scan(height: int = 496, width: int = 512) -> Image:
    """A B-scan as an OCT device shows it: bright layers with a foveal dip, speckle, no colour."""
    rows, columns = np.mgrid[:height, :width]
    top = 180 + 25 * np.sin(columns / 90) + 40 * np.exp(-(((columns - width / 2) / 40) ** 2))
    scan = np.full((height, width), 18.0)
    layers = ((0, 14, 190), (14, 20, 110), (34, 12, 150), (46, 25, 80), (71, 8, 230), (79, 74, 120))
    for offset, thickness, grey in layers:
        scan[(rows >= top + offset) & (rows < top + offset + thickness)] = grey
    scan *= np.random.default_rng(0).gamma(4, 0.25, scan.shape)
    return np.repeat(np.clip(scan, 0, 255).astype(np.uint8)[..., None], 3, axis=2)


@functools.cache
def no_fundus() -> dict[str, Image]:
    """Everything that must be refused, by name."""
    orange = disc(plain(ORANGE))
    rows, columns = np.mgrid[:512, :512]
    shade = 1 - 0.5 * (np.hypot(columns - 256, rows - 256) / 256) ** 2
    noise = np.random.default_rng(0).normal(0, 8, orange.shape) * (orange > 0)
    grey = {name: np.repeat(getattr(skimage.data, name)()[..., None], 3, axis=2) for name in ("page", "text", "coins")}
    colour = {name: getattr(skimage.data, name)() for name in ("chelsea", "coffee", "astronaut")}
    return {
        **grey,
        **colour,
        "flower": load_sample_image("flower.jpg"),
        "cat through a hole": disc(skimage.data.chelsea()),
        "OCT scan": oct_scan(),
        "black frame": plain((0, 0, 0)),
        "white frame": plain((255, 255, 255)),
        "orange frame": plain(ORANGE),
        "orange disc": orange,
        "shaded orange disc": np.clip(orange * np.clip(shade, 0, 1)[..., None], 0, 255).astype(np.uint8),
        "noisy orange disc": np.clip(orange + noise, 0, 255).astype(np.uint8),
        "grey disc": disc(plain((128, 128, 128))),
    }


def mutated(originals: list[bytes], count: int, seed: int = 0) -> list[tuple[str, bytes]]:
    """Damages image files in four ways in turn: cut short, bits flipped, wrong magic, a header that claims too much.

    Args:
        originals: Whole JPEG, PNG and DICOM files.
        count: How many to make.
        seed: Of every choice.

    Returns:
        Name and content.
    """
    random = np.random.default_rng(seed)
    files = []
    for number in range(count):
        content = bytearray(originals[number // 4 % len(originals)])
        dicom = content[128:132] == b"DICM"
        suffix = "dcm" if dicom else "png" if content.startswith(b"\x89PNG") else "jpg"
        kind = ("truncated", "flipped", "magic", "header")[number % 4]
        if kind == "truncated":
            content = content[: int(random.integers(0, len(content)))]
        elif kind == "flipped":
            for place in random.integers(0, len(content), int(random.integers(1, 40))):
                content[place] ^= 1 << int(random.integers(0, 8))
        elif kind == "magic":
            content[128 * dicom : 128 * dicom + 8] = random.integers(0, 256, 8, dtype=np.uint8).tobytes()
        else:
            _claim_too_much(content, random)
        files.append((f"{number:03d}_{kind}.{suffix}", bytes(content)))
    return files


def _claim_too_much(content: bytearray, random: np.random.Generator) -> None:
    """Overwrites the header's height and width with numbers of up to the format's largest."""
    if content.startswith(b"\x89PNG"):
        content[16:24] = random.integers(0, 256, 8, dtype=np.uint8).tobytes()
        return
    if content[128:132] == b"DICM":
        claim_too_much_dicom(content, random)
        return
    frame = max(content.find(b"\xff\xc0"), content.find(b"\xff\xc2"))
    content[frame + 5 : frame + 9] = random.integers(0, 256, 4, dtype=np.uint8).tobytes()


def claim_too_much_dicom(content: bytearray, random: np.random.Generator) -> None:
    """Overwrites Rows, Columns, Bits Stored or Number of Frames (explicit VR, little endian) with any number."""
    element = int(random.integers(0, 4))
    tag = (b"\x28\0\x10\0US", b"\x28\0\x11\0US", b"\x28\0\x01\x01US", b"\x28\0\x08\0IS")[element]
    place = content.find(tag) + 8
    value = b"%d" % random.integers(0, 99) if element == 3 else random.integers(0, 256, 2, dtype=np.uint8).tobytes()
    content[place : place + 2] = value.ljust(2)
