"""Findings of a segmenter (lesions, disc and vessels) as the API, the page and the reports show them."""

import base64
from collections.abc import Mapping
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from fundusfm.models.segmentation.structures import DISC, LESIONS, WORDS
from fundusfm.screening.documents.structures import StructuresResult
from fundusfm.server.pictures import jpeg, png
from fundusfm.server.schemas import Layer, LayerPart, StructuresFound
from fundusfm.structures.finder import AVR, AVR_REASON, FoundStructures, StructureFinder
from fundusfm.structures.findings import DISC_FOUND, DISC_REASON, LOOK_FIRST, TOO_MANY, VESSEL_SHARE, count_column
from fundusfm.structures.layers import LESIONS as LESION_LAYER
from fundusfm.structures.layers import TITLES, VESSELS, draw_layer, laid_over, layers_of


def shown_structures(found: FoundStructures, finder: StructureFinder, *, layers: bool) -> StructuresFound:
    """Returns what was found in a photograph for the interface, with pictures where they are wanted."""
    cells = found.cells
    disc = cells.get(DISC_FOUND)
    return StructuresFound(
        lesions={name: cells[count_column(name)] for name in LESIONS if count_column(name) in cells},
        disc=None if disc is None else bool(disc),
        disc_reason=cells.get(DISC_REASON, ""),
        vessel_share=cells.get(VESSEL_SHARE),
        avr=cells.get(AVR),
        avr_reason=cells.get(AVR_REASON, ""),
        model=finder.name,
        sha256=finder.hash,
        crop=jpeg(found.square) if layers else "",
        layers=_layers(found) if layers else [],
    )


def structures_result(found: StructuresFound) -> StructuresResult:
    """Returns what reports say of it, with a picture of the layers but for the vessels, where there are layers."""
    picture = None
    if found.crop:
        layers = [_pixels(layer.picture, cv2.COLOR_BGRA2RGBA) for layer in found.layers if layer.name != VESSELS]
        picture = laid_over(_pixels(found.crop, cv2.COLOR_BGR2RGB), layers)
    return StructuresResult(found.lesions, found.disc, found.avr, found.avr_reason, picture)


def _pixels(address: str, order: int) -> NDArray[np.uint8]:
    """Returns the pixels of a picture behind a `data:` address."""
    content = np.frombuffer(base64.b64decode(address.partition(",")[2]), np.uint8)
    decoded = np.asarray(cv2.imdecode(content, cv2.IMREAD_UNCHANGED), np.uint8)
    return np.asarray(cv2.cvtColor(decoded, order), np.uint8)


def _layers(found: FoundStructures) -> list[Layer]:
    return [
        Layer(
            name=name,  # type: ignore[arg-type]
            title=TITLES[name],
            parts=[_part(mask, found.cells) for mask in shown],
            note=_note(name, found.cells),
            picture=png(draw_layer(name, shown, found.masks)),
        )
        for name, shown in layers_of(list(found.masks)).items()
    ]


def _note(layer: str, cells: Mapping[str, Any]) -> str:
    """Returns what stands below the check box of a layer: how far to trust it."""
    if layer == DISC:
        return f"{cells[DISC_REASON].capitalize()}." if cells[DISC_REASON] else ""
    if layer != VESSELS:
        return TOO_MANY if layer == LESION_LAYER else ""
    ratio, reason = cells.get(AVR), cells.get(AVR_REASON)
    if reason:
        return f"No arteriole-to-venule ratio: {reason}."
    return "" if ratio is None else f"Arteriole-to-venule ratio {ratio:.2f}. {LOOK_FIRST}"


def _part(mask: str, cells: Mapping[str, Any]) -> LayerPart:
    name = WORDS[mask]
    if mask == DISC:
        name = "outlined" if cells[DISC_FOUND] else "not sure" if cells[DISC_REASON] else "not found"
    return LayerPart(mask=mask, name=name, count=cells.get(count_column(mask)))
