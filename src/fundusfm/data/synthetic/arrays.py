"""Array types of the generator, so that signatures say what an array holds."""

import numpy as np
import numpy.typing as npt

Float = npt.NDArray[np.float32]
"""Maps and images while they are painted: float32, reflectance 0 to 1."""

Points = npt.NDArray[np.float64]
"""Positions, shape (..., 2): x towards the temple and y downwards, in disc diameters from the disc's centre."""

Bytes = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.bool_]
