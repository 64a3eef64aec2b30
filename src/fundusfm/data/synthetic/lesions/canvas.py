"""What lesions are painted on: the image, the pixel grid, and the record of which pixel shows which lesion."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from fundusfm.data.synthetic.arrays import Bytes, Float, Mask, Points
from fundusfm.data.synthetic.camera.frame import Frame
from fundusfm.data.synthetic.lesions.diseases import LESIONS
from fundusfm.data.synthetic.subject import Subject

_DISC_RADIUS = 0.62


@dataclass
class Canvas:
    """One photograph while lesions are painted."""

    rng: np.random.Generator
    subject: Subject
    frame: Frame
    image: Float
    """Reflectance in the box, shape (side, side, 3)."""
    masks: dict[str, Mask] = field(default_factory=dict)
    """Pixels of the box per kind of lesion; kinds may overlap."""

    def severity(self, disease: str) -> float | None:
        """Returns the severity of a disease, or None where the eye does not have it."""
        return self.subject.severities.get(disease)

    def mark(self, kind: str, coverage: Bytes | Mask) -> None:
        """Records that a kind of lesion shows where at least half of a pixel is covered."""
        mask = coverage if coverage.dtype == np.bool_ else coverage >= 128
        before = self.masks.get(kind)
        self.masks[kind] = np.asarray(mask if before is None else before | mask, dtype=np.bool_)

    def place(self, count: int, draw: Callable[[int], Points], *, off_disc: float = _DISC_RADIUS) -> Points:
        """Draws positions in view and off the disc, at least one, shape (n, 2) with n up to `count`.

        Args:
            count: How many are wanted; fewer are returned where the distribution lies mostly out of view.
            draw: Returns candidates, shape (n, 2).
            off_disc: Distance to keep from the disc's centre.
        """
        candidates = draw(4 * count + 40)
        kept = candidates[self.frame.seen(candidates) & (np.hypot(*candidates.T) > off_disc)][:count]
        if len(kept):
            return np.asarray(kept)
        beside = np.array(self.frame.centre) + 0.9 * np.array([[0.0, 0.0], [1.0, 0.0], [-1.0, 0.0], [0.0, 1.0]])
        return np.asarray(beside[self.frame.seen(beside, 0.0) & (np.hypot(*beside.T) > off_disc)][:1])

    def around_macula(self, spread: float) -> Callable[[int], Points]:
        """Returns a distribution around the fovea, its standard deviation in disc diameters."""
        return lambda n: np.asarray(np.array(self.frame.fovea) + self.rng.normal(0.0, spread, (n, 2)))

    def posterior_pole(self, n: int) -> Points:
        """Draws positions where diabetic lesions are found: around the macula and along the arcades."""
        return np.asarray(np.array([1.9, 0.1]) + self.rng.normal(0.0, 1.0, (n, 2)) * np.array([1.8, 1.5]))

    def index(self, field_of_view: Mask) -> Bytes:
        """Returns the lesion mask of the box: 1 + position in `LESIONS`, the later kind where they overlap."""
        index = np.zeros(field_of_view.shape, dtype=np.uint8)
        for number, kind in enumerate(LESIONS, start=1):
            if kind in self.masks:
                index[self.masks[kind] & field_of_view] = number
        return index
