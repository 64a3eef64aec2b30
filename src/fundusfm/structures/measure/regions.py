"""Regions of the retina: quadrants around the optic disc, and rings around disc and fovea."""

import numpy as np
from numpy.typing import NDArray

from fundusfm.structures.findings import FoundDisc

Places = NDArray[np.float64]
"""float (n, 2), x and y in pixels; the middle of the first pixel is at 0.5."""

_RINGS = ("within_1_dd_of_{}", "1_to_2_dd_of_{}", "beyond_2_dd_of_{}")
DISC_RINGS, FOVEA_RINGS = (tuple(ring.format(name) for ring in _RINGS) for name in ("disc", "fovea"))
"""Rings by distance in disc diameters, from the disc's edge and from the fovea."""


def quadrant_names(eye: str) -> tuple[str, str, str, str]:
    """Returns the names of the quadrants: upper left, upper right, lower left, lower right.

    Args:
        eye: `left` or `right` names them `superior_temporal` and so on; unknown, they are `upper_left` and so on.
    """
    # On a photograph of the right eye the nose is to the right.
    sides = {"right": ("temporal", "nasal"), "left": ("nasal", "temporal")}.get(eye, ("left", "right"))
    upper, lower = ("superior", "inferior") if eye in ("left", "right") else ("upper", "lower")
    left, right = sides
    return f"{upper}_{left}", f"{upper}_{right}", f"{lower}_{left}", f"{lower}_{right}"


def in_quadrants(places: Places, disc: FoundDisc, eye: str) -> dict[str, NDArray[np.bool_]]:
    """Returns which places lie in which quadrant around the disc.

    Args:
        places: The places.
        disc: The optic disc.
        eye: As for `quadrant_names`.
    """
    right, down = places[:, 0] > disc.x, places[:, 1] > disc.y
    sides = (~down & ~right, ~down & right, down & ~right, down & right)
    return dict(zip(quadrant_names(eye), sides, strict=True))


def in_rings(distances: NDArray[np.float64], names: tuple[str, ...]) -> dict[str, NDArray[np.bool_]]:
    """Returns which distances, in disc diameters, lie in which ring."""
    near, far = distances < 1, distances >= 2
    return dict(zip(names, (near, ~near & ~far, far), strict=True))
