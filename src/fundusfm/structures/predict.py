"""The work of `fundusfm segment predict`."""

import sys
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

import cv2
import numpy as np
import pandas as pd

from fundusfm.config.segment import SegmentPredictConfig
from fundusfm.data.encode import jpeg_bytes, png_bytes
from fundusfm.data.fov.detect import find_fov
from fundusfm.data.inputs.find import find_sources, skipped_text
from fundusfm.data.inputs.photograph import Decoder, Photograph
from fundusfm.errors import DecodeError
from fundusfm.models.segmentation.arrays import Mask
from fundusfm.models.segmentation.load import load_segmenter
from fundusfm.models.segmentation.segmenter import Segmenter
from fundusfm.models.segmentation.structures import DISC, LESIONS, WORDS
from fundusfm.progress import track
from fundusfm.runs import RunFolder, open_run, write_atomic
from fundusfm.structures.contact import ContactSheets
from fundusfm.structures.findings import DISC_REASON, count_column, count_pieces, disc_of, share_of
from fundusfm.structures.layers import drawn_over, layers_of, with_legend
from fundusfm.structures.masks import circle_mask
from fundusfm.structures.spacing import SCALE, scale_of_cell, spacing_of_photograph

_OK = "ok"
PROBABILITY, MASKS, OVERLAYS, SHEETS = "probability", "masks", "overlays", "sheets"
"""Folders of a run; the first two hold a folder for each mask."""


def run_segment_predict(config: SegmentPredictConfig, judge: Callable[[Photograph], tuple[str, str]]) -> pd.DataFrame:
    """Runs the command; see `fundusfm.commands` for results and errors.

    Args:
        config: Options of the command.
        judge: Returns status and reason of a photograph. The function is in the room `screening`, above this one.
    """
    segmenter = load_segmenter(config.weights, device=config.device)
    skipped = Counter[str]()
    sources = find_sources(config.paths, skipped=skipped)
    scales = [scale_of_cell(source.columns.get(SCALE, ""), source.name) for source in sources]
    run = open_run(config.out, command="segment predict", config=config, overwrite=config.overwrite)
    for folder in (OVERLAYS, *(f"{kind}/{label}" for kind in (PROBABILITY, MASKS) for label in segmenter.labels)):
        (run.path / folder).mkdir(parents=True, exist_ok=True)
    sheets = ContactSheets(run.path / SHEETS)
    rows = []
    for number, source in enumerate(track(sources, label="structures", unit="photo")):
        row: dict[str, Any] = {"image": source.name, "eye": source.columns.get("eye", "")}
        try:
            photograph = source.read()
            row[SCALE] = scales[number] or spacing_of_photograph(photograph)
            row["status"], row["reason"] = judge(photograph)
            if row["status"] == _OK:
                row |= _predict_one(segmenter, photograph, run, sheets, source.picture_name(number), config.tta)
        except DecodeError as error:
            row |= {"status": "failed", "reason": str(error)}
        except (cv2.error, MemoryError) as error:
            row |= {"status": "failed", "reason": f"{source.name} is too large ({error}): export it again, smaller."}
        rows.append(row)
    sheets.finish()
    table = pd.DataFrame(rows, columns=_columns(segmenter.labels))
    counts = table.columns[table.columns.str.endswith(".count")]
    table = table.astype(dict.fromkeys(["width", "height", *counts], "Int64"))
    write_atomic(run.path / "segment.csv", table.to_csv(index=False, lineterminator="\n"))
    failed = int((table["status"] == "failed").sum())
    others = int((table["status"] != _OK).sum())
    run.log(
        f"{', '.join(WORDS[label] for label in segmenter.labels)} of {len(table) - others} of {len(table)} photographs "
        f"in {run.path}" + (f"; for the other {others}, segment.csv has the reason" if others else "")
    )
    if skipped:
        print(skipped_text(skipped), file=sys.stderr)
    run.write_metrics(
        {"photographs": len(table), "failed": failed, "refused": others - failed, "thresholds": segmenter.thresholds}
    )
    return table


def _columns(labels: list[str]) -> list[str]:
    """Returns the columns of the table for the masks of a segmenter."""
    found: list[str] = []
    for label in labels:
        found.append(f"{label}.share")
        found += [count_column(label)] if label in LESIONS else []
        found += [f"{DISC}.x", f"{DISC}.y", f"{DISC}.diameter", DISC_REASON] if label == DISC else []
    fov = ["fov_found", "fov_x", "fov_y", "fov_radius"]
    return ["image", "eye", "status", "file", "width", "height", SCALE, *fov, *found, "reason"]


def _predict_one(
    segmenter: Segmenter, photograph: Photograph, run: RunFolder, sheets: ContactSheets, name: str, tta: bool
) -> dict[str, Any]:
    """Writes the pictures of one photograph and returns its row's cells."""
    image = Decoder(photograph)().image
    height, width = image.shape[:2]
    circle = find_fov(image)
    inside = circle_mask(circle, height, width)
    probabilities = segmenter.probabilities(image, circle, tta=tta)
    for label, probability in probabilities.items():
        probability[~inside] = 0
        grey = np.rint(probability * 65535).astype(np.uint16)
        write_atomic(run.path / PROBABILITY / label / f"{name}.png", png_bytes(grey))
    decided = segmenter.masks(probabilities, inside)
    del probabilities  # eight maps of a large photograph are as many hundred MB
    masks = decided.masks
    for label, mask in masks.items():
        write_atomic(run.path / MASKS / label / f"{name}.png", png_bytes(mask.astype(np.uint8) * 255))
    found = _found(masks, inside, decided.disc_doubt)
    overlay = with_legend(drawn_over(image, masks), _legend(masks, found))
    write_atomic(run.path / OVERLAYS / f"{name}.jpg", jpeg_bytes(overlay))
    sheets.add(image, masks, name)
    return found | {
        "file": name,
        "width": width,
        "height": height,
        "fov_found": circle.found,
        "fov_x": round(circle.x, 2),
        "fov_y": round(circle.y, 2),
        "fov_radius": round(circle.radius, 2),
        "reason": "" if circle.found else f"full frame: {circle.reason}",
    }


def _found(masks: Mapping[str, Mask], inside: Mask, disc_doubt: str) -> dict[str, int | float | str]:
    """Returns the cells of what was found, by column."""
    cells: dict[str, int | float | str] = {DISC_REASON: disc_doubt}
    for label, mask in masks.items():
        cells[f"{label}.share"] = share_of(mask, inside)
        if label in LESIONS:
            cells[count_column(label)] = count_pieces(mask)
        if label == DISC and (disc := disc_of(mask)) is not None:
            places = {"x": disc.x, "y": disc.y, "diameter": disc.diameter}
            cells |= {f"{DISC}.{name}": round(value, 2) for name, value in places.items()}
    return cells


def _legend(masks: Mapping[str, Mask], found: Mapping[str, int | float | str]) -> dict[str, str]:
    """Returns the text of each mask in the legend of the overlay."""
    said = {}
    for shown in layers_of(list(masks)).values():
        for label in shown:
            count = found.get(count_column(label))
            nothing = ""
            if label == DISC and not masks[DISC].any():
                nothing = ": not sure" if found[DISC_REASON] else ": not found"
            said[label] = WORDS[label] + (nothing if count is None else f" {count}")
    return said
