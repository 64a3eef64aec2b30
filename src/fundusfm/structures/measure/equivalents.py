"""Central retinal artery and vein equivalents, from the calibres of the vessels in zone B."""

from collections.abc import Sequence

import numpy as np

ARTERIOLES, VENULES = 0.88, 0.95
"""Branching coefficients: the trunk of two branches has the calibre `coefficient * sqrt(a^2 + b^2)`."""

NEEDED = 6
"""Number of vessels that the formula takes, the widest ones."""


def equivalent(calibres: Sequence[float], coefficient: float) -> float:
    """Returns the calibre of the trunk that some vessels would have come from.

    The widest is joined with the narrowest, the second widest with the second narrowest and so on, an odd one in the
    middle waits for the next round, and the rounds go on until one is left.

    Source: Knudtson et al., Curr Eye Res 27:143, 2003, the revised formula; of the six widest vessels.

    Args:
        calibres: In any unit of length, at least one.
        coefficient: `ARTERIOLES` or `VENULES`.
    """
    left = sorted(calibres)
    while len(left) > 1:
        half = len(left) // 2
        joined = [coefficient * float(np.hypot(left[place], left[-1 - place])) for place in range(half)]
        left = sorted(joined + left[half : len(left) - half])
    return float(left[0])
