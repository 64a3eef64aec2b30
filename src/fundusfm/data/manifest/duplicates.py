"""Pairs of files that are one photograph: the same bytes, or the same picture flipped, resized or re-compressed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fundusfm.data.manifest.fingerprint import SIDE, Fingerprint

ALIKE_CROP, ALIKE_FRAME = 0.88, 0.90
"""Correlations from which two patterns are one picture.

Measured on 1,500 real photographs (1.1 million pairs, both eyes and repeated visits among them) and ten ways of
copying: of pairs that are no copies 99.99 % stay below 0.41 (crop) and 0.73 (frame).
"""

_CROP_BESIDE_FRAME = 0.30
"""Frames alike with crops that have nothing in common share a rim, not a retina (blank or montaged photographs)."""

_PROJECTED = 192
_SLACK = 0.2
"""How far the quick estimate may fall below the correlation and still be looked at: about three of its deviations."""

_BLOCK = 2048


@dataclass(frozen=True)
class Pair:
    """Two positions, the first the smaller; `exact` where the files are the same byte for byte."""

    first: int
    second: int
    exact: bool
    likeness: float


def find_duplicates(prints: Sequence[Fingerprint | None]) -> list[Pair]:
    """Finds exact and near duplicates.

    Patterns are compared after a random projection (Johnson and Lindenstrauss, 1984) first, in four orientations, and
    what may be alike by that is compared in full. The time grows with the square of the number of photographs.

    Args:
        prints: One per photograph; None where the file could not be read.

    Returns:
        Pairs in order; of several copies each is paired with the first.
    """
    places = np.array([place for place, found in enumerate(prints) if found is not None], int)
    known = [found for found in prints if found is not None]
    pairs: dict[int, Pair] = {}
    seen: dict[str, int] = {}
    for place, found in zip(places, known, strict=True):
        if found.sha256 in seen:
            pairs[int(place)] = Pair(seen[found.sha256], int(place), True, 1.0)
        else:
            seen[found.sha256] = int(place)
    single = [number for number, place in enumerate(places) if int(place) not in pairs]
    crops, frames = (
        np.stack([getattr(known[number], name) for number in single]) if single else _NOTHING
        for name in ("crop", "frame")
    )
    alike = list(_alike(crops, ALIKE_CROP))
    alike += [
        found
        for found in _alike(frames, ALIKE_FRAME)
        if _correlation(crops[found[0]], crops[found[1]]) >= _CROP_BESIDE_FRAME
    ]
    for first, second, likeness in alike:
        one, two = int(places[single[first]]), int(places[single[second]])
        if two not in pairs or pairs[two].likeness < likeness:
            pairs[two] = Pair(one, two, False, likeness)
    return [pairs[place] for place in sorted(pairs)]


_FLIPS = (np.s_[:, :, :], np.s_[:, :, ::-1], np.s_[:, ::-1, :], np.s_[:, ::-1, ::-1])
"""As it is, mirrored, upside down, and turned by 180 degrees."""

_NOTHING = np.empty((0, SIDE, SIDE), np.int8)


def _alike(patterns: NDArray[np.int8], limit: float) -> Iterator[tuple[int, int, float]]:
    """Yields positions of pairs whose patterns correlate in some orientation, and by how much."""
    projection = np.random.default_rng(0).normal(size=(SIDE * SIDE, _PROJECTED)).astype(np.float32)
    turned = [
        np.concatenate(
            [
                _unit(_flat(patterns[start : start + _BLOCK][flip]) @ projection)
                for start in range(0, len(patterns), _BLOCK)
            ]
            or [np.empty((0, _PROJECTED), np.float32)]
        )
        for flip in _FLIPS
    ]
    for start in range(0, len(patterns), _BLOCK):
        block = turned[0][start : start + _BLOCK]
        for below in range(0, start + 1, _BLOCK):
            quick = np.max([block @ other[below : below + _BLOCK].T for other in turned], axis=0)
            for here, there in np.argwhere(quick > limit - _SLACK):
                first, second = below + int(there), start + int(here)
                if first < second:
                    likeness = _correlation(patterns[first], patterns[second])
                    if likeness >= limit:
                        yield first, second, likeness


def _correlation(one: NDArray[np.int8], two: NDArray[np.int8]) -> float:
    """Returns the largest correlation over the orientations."""
    left = _unit(_flat(one[None]))
    return max(float((left @ _unit(_flat(two[None][flip])).T)[0, 0]) for flip in _FLIPS)


def _flat(patterns: NDArray[np.int8]) -> NDArray[np.float32]:
    return patterns.reshape(len(patterns), -1).astype(np.float32)


def _unit(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.maximum(lengths, 1e-6), np.float32)
