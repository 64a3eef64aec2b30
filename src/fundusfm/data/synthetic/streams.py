"""Random streams: every stage of every photograph has its own, so that photograph i never depends on the others."""

from enum import IntEnum

import cv2
import numpy as np

from fundusfm.data.synthetic.arrays import Float


class Stage(IntEnum):
    """The stages of a photograph that draw random numbers; the value is part of the stream's key."""

    PATIENT = 0
    EYE = 1
    FRAME = 2
    VESSELS = 3
    BACKGROUND = 4
    DISC = 5
    LESIONS = 6
    CAMERA = 7
    OPTICS = 8
    SENSOR = 9
    MOUNT = 10


def stream(seed: int, stage: Stage, number: int) -> np.random.Generator:
    """Returns the random stream of one stage for one photograph (or, for `Stage.PATIENT`, one patient)."""
    return np.random.default_rng(np.random.SeedSequence([seed, int(stage), number]))


def enlarge(field: Float, side: int) -> Float:
    """Returns a smooth map brought to shape (side, side[, channels])."""
    return np.asarray(cv2.resize(field, (side, side), interpolation=cv2.INTER_LINEAR), dtype=np.float32)


def smooth_noise(rng: np.random.Generator, cells: int, height: int, width: int) -> Float:
    """Returns unit-variance noise with about `cells` bumps along each side, shape (height, width), float32."""
    coarse = rng.standard_normal((cells + 1, cells + 1), dtype=np.float32)
    return np.asarray(cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC), dtype=np.float32)
