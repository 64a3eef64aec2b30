"""Measures what `fundusfm data check` finds: copies made in ten ways, and pairs reported among different photographs.

    python experiments/duplicates_recall.py MANIFEST [COUNT]

Prints, for COUNT photographs (200 by default) drawn from the manifest, the share of copies of each kind that is found,
and the pairs it reports among the photographs themselves, which are worth looking at.
"""

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image, ImageEnhance, ImageFilter

from fundusfm.data.manifest.duplicates import find_duplicates
from fundusfm.data.manifest.fingerprint import Fingerprint, fingerprint
from fundusfm.data.manifest.table import read_manifest

Change = Callable[[Image.Image], Image.Image]

_QUALITY = 90


def _cut(image: Image.Image) -> Image.Image:
    width, height = image.size
    return image.crop((width // 25, height // 25, width - width // 25, height - height // 25))


COPIES: dict[str, tuple[Change, int]] = {
    "saved again": (lambda image: image, _QUALITY),
    "JPEG quality 30": (lambda image: image, 30),
    "half size": (lambda image: image.resize((image.width // 2, image.height // 2)), _QUALITY),
    "mirrored": (lambda image: image.transpose(Image.Transpose.FLIP_LEFT_RIGHT), _QUALITY),
    "upside down": (lambda image: image.transpose(Image.Transpose.FLIP_TOP_BOTTOM), _QUALITY),
    "turned by 180 degrees": (lambda image: image.transpose(Image.Transpose.ROTATE_180), _QUALITY),
    "4 % cut off each side": (_cut, _QUALITY),
    "blurred": (lambda image: image.filter(ImageFilter.GaussianBlur(image.width / 400)), _QUALITY),
    "30 % brighter": (lambda image: ImageEnhance.Brightness(image).enhance(1.3), _QUALITY),
    "30 % darker": (lambda image: ImageEnhance.Brightness(image).enhance(0.7), _QUALITY),
}


def main(manifest: str, count: int) -> None:
    """Prints a line per kind of copy, then the pairs among the photographs themselves."""
    paths = read_manifest(manifest).image_paths()
    chosen = [paths[place] for place in np.sort(np.random.default_rng(0).permutation(len(paths))[:count])]
    originals = [_looks(path) for path in chosen]
    own = find_duplicates(originals)
    with tempfile.TemporaryDirectory() as folder:
        for name, (change, quality) in COPIES.items():
            copies = [_copy(path, change, quality, Path(folder) / "copy.jpg") for path in chosen]
            pairs = {(pair.first, pair.second) for pair in find_duplicates([*originals, *copies])}
            found = sum((place, place + len(chosen)) in pairs for place in range(len(chosen)))
            print(f"{name:24}{found / len(chosen):7.1%}")
    print(f"pairs among the {len(chosen)} photographs ({len(chosen) * (len(chosen) - 1) // 2:,} possible): {len(own)}")
    for pair in own:
        print(f"  {chosen[pair.first]}  {chosen[pair.second]}  {pair.likeness:.2f}")


def _copy(path: Path, change: Change, quality: int, target: Path) -> Fingerprint | None:
    with Image.open(path) as image:
        change(image.convert("RGB")).save(target, quality=quality)
    return _looks(target)


def _looks(path: Path) -> Fingerprint | None:
    found = fingerprint(path)
    return found if isinstance(found, Fingerprint) else None


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 200)
