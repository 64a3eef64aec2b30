"""Types of the arrays that a segmenter takes and returns."""

import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.bool_]
"""bool (height, width): true where the structure is."""

Map = NDArray[np.float32]
"""float32 (height, width): the probability of a structure at each pixel."""
