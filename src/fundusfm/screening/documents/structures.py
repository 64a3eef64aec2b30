"""What documents say of lesions, optic disc and vessels: counts in words, and a picture with lines around them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fundusfm.data.fov.crop import Crop
from fundusfm.data.inputs.photograph import Decoder, Photograph
from fundusfm.data.store.convert import crop_decoded
from fundusfm.models.segmentation.structures import DISC, LESIONS, WORDS
from fundusfm.structures.finder import AVR, AVR_REASON, StructureFinder
from fundusfm.structures.findings import DISC_FOUND, LOOK_FIRST, TOO_MANY, count_column
from fundusfm.structures.layers import COLOUR_WORDS, outlined


@dataclass(frozen=True)
class StructuresResult:
    """Lesions, optic disc and vessels of a photograph.

    Attributes:
        lesions: How many there are, by kind; only those that were looked for.
        disc: Whether the optic disc was found; None where it was not looked for.
        avr: Arteriole-to-venule ratio in zone B; None where there is none.
        avr_reason: Why there is none; empty where there is one, or it was not asked for.
        picture: uint8 (side, side, 3) RGB, the crop with lines around lesions and disc; None where none is drawn.
    """

    lesions: Mapping[str, int]
    disc: bool | None = None
    avr: float | None = None
    avr_reason: str = ""
    picture: NDArray[np.uint8] | None = field(default=None, repr=False)

    @property
    def line(self) -> str:
        """What was found, in words."""
        said = [f"{WORDS[lesion]} {count}" for lesion, count in self.lesions.items()]
        said += [] if self.disc is None else [f"optic disc {'found' if self.disc else 'not found'}"]
        if self.avr is not None:
            said.append(f"AVR {self.avr:.2f}")
        elif self.avr_reason:
            said.append(f"no AVR ({self.avr_reason})")
        return f"Structures: {', '.join(said)}." if said else ""

    @property
    def caution(self) -> str:
        """How far to trust it."""
        return " ".join([TOO_MANY] * bool(self.lesions) + [LOOK_FIRST] * (self.avr is not None))

    @property
    def legend(self) -> str:
        """Which colours the picture has."""
        shown = [*([DISC] if self.disc else []), *(lesion for lesion, count in self.lesions.items() if count)]
        colours = [f"{WORDS[mask]} {COLOUR_WORDS[mask]}" for mask in shown]
        return f"Outlined: {', '.join(colours)}." if colours else ""


def structures_of(row: Mapping[str, Any]) -> StructuresResult | None:
    """Returns what a row of a screening says of structures; None where none were looked for."""
    counts = {lesion: row.get(count_column(lesion)) for lesion in LESIONS}
    disc, ratio = row.get(DISC_FOUND), row.get(AVR)
    known = {lesion: int(count) for lesion, count in counts.items() if count is not None}
    if not known and disc is None:
        return None
    return StructuresResult(
        known,
        None if disc is None else bool(disc),
        None if ratio is None else float(ratio),
        str(row.get(AVR_REASON) or ""),
    )


def structures_picture(photograph: Photograph, finder: StructureFinder) -> NDArray[np.uint8]:
    """Finds the structures of a photograph once more, and draws lines around lesions and disc.

    Raises:
        DecodeError: The photograph cannot be decoded.
    """
    square, decoded, fov = crop_decoded(Decoder(photograph), finder.size)
    crop = Crop(fov, finder.size)
    return outlined(square, finder.masks(square, crop, decoded.original_height, decoded.original_width))
