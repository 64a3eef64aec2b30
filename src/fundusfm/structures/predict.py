"""The work of `fundusfm segment predict`."""

import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fundusfm.config.segment import SegmentPredictConfig
from fundusfm.data.fov.detect import find_fov
from fundusfm.data.inputs.find import find_sources, skipped_text
from fundusfm.data.inputs.photograph import Decoder, Photograph
from fundusfm.errors import DecodeError
from fundusfm.models.segmentation.load import load_segmenter
from fundusfm.models.segmentation.segmenter import Segmenter
from fundusfm.models.segmentation.structures import VESSELS
from fundusfm.names import file_name
from fundusfm.progress import track
from fundusfm.runs import RunFolder, open_run, write_atomic
from fundusfm.structures.masks import circle_mask

_OK = "ok"
_FOLDERS = ("probability", "masks", "overlays")
_COLUMNS = [
    "image", "status", "width", "height", "fov_found", "fov_x", "fov_y", "fov_radius", "vessel_share", *_FOLDERS,
    "reason",
]  # fmt: skip
# Cyan: the opposite of a retina's reds, and told from them by people who see no red or no green.
_COLOUR = (0, 229, 255)
_OPACITY = 0.6


def run_segment_predict(config: SegmentPredictConfig, judge: Callable[[Photograph], tuple[str, str]]) -> pd.DataFrame:
    """Runs the command; see `fundusfm.commands` for results and errors.

    Args:
        config: Options of the command.
        judge: Returns status and reason of a photograph; the screening room has it, which stands above this one.
    """
    segmenter = load_segmenter(config.weights, device=config.device)
    skipped = Counter[str]()
    sources = find_sources(config.paths, skipped=skipped)
    run = open_run(config.out, command="segment predict", config=config, overwrite=config.overwrite)
    for folder in _FOLDERS:
        (run.path / folder).mkdir(exist_ok=True)
    rows = []
    for number, source in enumerate(track(sources, label="vessels", unit="photo")):
        row: dict[str, Any] = {"image": source.name}
        try:
            photograph = source.read()
            row["status"], row["reason"] = judge(photograph)
            if row["status"] == _OK:
                name = f"{number:04d}_{Path(source.name).stem}"
                row |= _predict_one(segmenter, photograph, run, name, config.tta)
        except DecodeError as error:
            row |= {"status": "failed", "reason": str(error)}
        except (cv2.error, MemoryError) as error:
            row |= {"status": "failed", "reason": f"{source.name} is too large ({error}): export it again, smaller."}
        rows.append(row)
    table = pd.DataFrame(rows, columns=_COLUMNS)
    write_atomic(run.path / "segment.csv", table.to_csv(index=False, lineterminator="\n"))
    failed = int((table["status"] == "failed").sum())
    others = int((table["status"] != _OK).sum())
    run.log(
        f"vessels of {len(table) - others} of {len(table)} photographs in {run.path}"
        + (f"; reasons of the {others} others in segment.csv" if others else "")
    )
    if skipped:
        print(skipped_text(skipped), file=sys.stderr)
    run.write_metrics(
        {
            "photographs": len(table),
            "failed": failed,
            "refused": others - failed,
            "threshold": segmenter.thresholds[VESSELS],
        }
    )
    return table


def vessel_overlay(image: NDArray[np.uint8], mask: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """Tints the vessels of a photograph.

    Args:
        image: uint8 (h, w, 3).
        mask: bool (h, w).

    Returns:
        uint8 (h, w, 3), unchanged where there is no vessel.
    """
    drawn = image.copy()
    tinted = image[mask] * (1 - _OPACITY) + np.array(_COLOUR) * _OPACITY
    drawn[mask] = np.rint(tinted).astype(np.uint8)
    return drawn


def _predict_one(segmenter: Segmenter, photograph: Photograph, run: RunFolder, name: str, tta: bool) -> dict[str, Any]:
    """Writes the pictures of one photograph and returns its row's cells."""
    image = Decoder(photograph)().image
    height, width = image.shape[:2]
    circle = find_fov(image)
    probability = segmenter.probabilities(image, circle, tta=tta)[VESSELS]
    inside = circle_mask(circle, height, width)
    probability[~inside] = 0
    mask = probability >= segmenter.thresholds[VESSELS]
    stem = file_name(name)
    files = {folder: f"{folder}/{stem}.{'jpg' if folder == 'overlays' else 'png'}" for folder in _FOLDERS}
    _write(run.path / files["probability"], np.rint(probability * 65535).astype(np.uint16))
    _write(run.path / files["masks"], mask.astype(np.uint8) * 255)
    _write(run.path / files["overlays"], cv2.cvtColor(vessel_overlay(image, mask), cv2.COLOR_RGB2BGR))
    return files | {
        "width": width,
        "height": height,
        "fov_found": circle.found,
        "fov_x": round(circle.x, 2),
        "fov_y": round(circle.y, 2),
        "fov_radius": round(circle.radius, 2),
        "vessel_share": round(float(mask.sum() / max(inside.sum(), 1)), 6),
        "reason": "" if circle.found else f"full frame: {circle.reason}",
    }


def _write(path: Path, image: NDArray[Any]) -> None:
    done, encoded = cv2.imencode(path.suffix, image)
    if not done:
        raise RuntimeError(f"OpenCV could not encode {path}")
    write_atomic(path, encoded.tobytes())
