"""Scores photograph after photograph, and leaves in a run folder what tables, figures and report are made of.

images.parquet        a row per photograph, metric columns
curves.parquet        ROC and precision-recall over all pixels of each set
overlays/SET/*.jpg    hits and errors of each photograph
sheets/SET.png        photographs with the lowest, middle and highest Dice
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pandas as pd

from fundusfm.errors import EvaluationError
from fundusfm.models.card.results import Results
from fundusfm.parquet import write_parquet
from fundusfm.runs import write_atomic
from fundusfm.structures.photographs import LoadedStructures, StructureImage
from fundusfm.structures.scoring.metrics import LABEL, mask_metrics, summarise_vessels, vessel_metrics
from fundusfm.structures.scoring.overlay import error_overlay
from fundusfm.structures.scoring.pixels import PixelCounts, count_pixels
from fundusfm.structures.scoring.sheet import Entry, chosen, sheet

_CURVE_POINTS = 201


class SegmentScoring:
    """Collects the scores of a run.

    Args:
        folder: The run folder.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._rows: list[dict[str, Any]] = []
        self._pixels: list[PixelCounts] = []
        self._second: list[dict[str, Any]] = []

    def add(
        self,
        set_name: str,
        image: StructureImage,
        loaded: LoadedStructures,
        probabilities: Mapping[str, npt.NDArray[np.float32]],
        *,
        thresholds: Mapping[str, float],
        fold: int = -1,
    ) -> dict[str, float]:
        """Scores one photograph and its second observer, and writes the overlay.

        Args:
            set_name: `cv`, or the external set's name.
            image: The manifest's row.
            loaded: Arrays of the photograph; there must be a vessel mask.
            probabilities: By mask, (height, width) in the photograph's own pixels, 0 to 1.
            thresholds: By mask, the probability from which a pixel belongs to it.
            fold: Test fold, from 1; -1 in an external set.

        Returns:
            The photograph's metrics.

        Raises:
            EvaluationError: The row has no vessel mask, or the prediction does not fit the photograph.
        """
        drawn, probability, threshold = loaded.drawn.get(LABEL), probabilities[LABEL], thresholds[LABEL]
        if drawn is None:
            raise EvaluationError(
                f"{image.manifest}, row {image.row}: there is no vessel mask to compare with; fill the column "
                "`vessels`, or leave the row out with --select"
            )
        scores = vessel_metrics(drawn, probability, loaded.fov, threshold=threshold)
        stem = _plain(f"{image.dataset}-{Path(image.name).with_suffix('')}")
        overlay = Path("overlays", _plain(set_name), f"{stem}.jpg")
        who = {"set": set_name, "dataset": image.dataset, "image": image.name, "patient": image.patient, "fold": fold}
        self._rows.append(who | scores | {"threshold": threshold, "overlay": overlay.as_posix()})
        self._pixels.append(count_pixels(drawn[loaded.fov], probability[loaded.fov]))
        if loaded.second_observer is not None:
            self._second.append(who | mask_metrics(drawn, loaded.second_observer, loaded.fov))
        _write_jpeg(self._folder / overlay, error_overlay(loaded.image, drawn, probability >= threshold, loaded.fov))
        return scores

    def finish(self, *, seed: int) -> Results:
        """Writes tables and sheets.

        Args:
            seed: Random seed of the resamples.

        Returns:
            See `summarise_vessels`.

        Raises:
            EvaluationError: Nothing was scored.
        """
        rows, second = pd.DataFrame(self._rows), pd.DataFrame(self._second)
        if rows.empty:
            raise EvaluationError("No photograph was scored, so there is nothing to summarise; widen --select")
        results = summarise_vessels(
            rows.drop(columns=["threshold", "overlay"]), seed=seed, pixels=self._pixels, second_observer=second
        )
        write_parquet(self._folder / "images.parquet", rows)
        write_parquet(self._folder / "curves.parquet", self._curves(rows))
        (self._folder / "sheets").mkdir(exist_ok=True)
        for name, part in rows.groupby("set", sort=False):
            entries = [
                Entry(self._folder / str(row["overlay"]), f"{Path(str(row['image'])).name}: Dice {row['dice']:.3f}")
                for _, row in chosen(part).iterrows()
            ]
            if entries:
                title = f"{name}: {LABEL} with the lowest, middle and highest Dice"
                write_atomic(self._folder / "sheets" / f"{_plain(str(name))}.png", sheet(title, entries))
        return results

    def _curves(self, rows: pd.DataFrame) -> pd.DataFrame:
        parts = []
        for name in rows["set"].unique():
            counts = [self._pixels[int(place)] for place in np.flatnonzero(rows["set"] == name)]
            whole = counts[0]
            for other in counts[1:]:
                whole = whole + other
            curve = whole.curve()
            # Equal steps along both axes: neither end of a curve may lose its shape.
            steps = np.linspace(0, 1, _CURVE_POINTS)
            rising = (curve["sensitivity"].to_numpy(), 1 - curve["specificity"].to_numpy())
            places = np.unique([np.searchsorted(axis, steps).clip(max=len(curve) - 1) for axis in rising])
            prevalence = whole.positive.sum() / (whole.positive.sum() + whole.negative.sum())
            parts.append(curve.iloc[places].assign(set=str(name), prevalence=float(prevalence)))
        return pd.concat(parts, ignore_index=True)


def _plain(name: str) -> str:
    """Returns a name that is safe as a part of a path; folders of a name stay visible in it."""
    return re.sub(r"[^\w.+-]+", "-", name).strip("-.") or "unnamed"


def _write_jpeg(path: Path, image: npt.NDArray[np.uint8]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    done, encoded = cv2.imencode(".jpg", cv2.cvtColor(image, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, 92])
    if not done:
        raise RuntimeError(f"OpenCV could not encode {path}")
    write_atomic(path, encoded.tobytes())
