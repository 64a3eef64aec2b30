"""Scores photograph after photograph, and writes what tables, figures and the report are made of.

images.parquet              a row per photograph and structure, metric columns
curves.parquet              ROC and precision-recall over all pixels of each set and structure
overlays/LABEL/SET/*.jpg    hits and errors of each photograph
sheets/SET-LABEL.png        photographs with the lowest, middle and highest Dice
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from fundusfm.data.encode import jpeg_bytes
from fundusfm.errors import EvaluationError
from fundusfm.models.card.results import Results
from fundusfm.models.segmentation.arrays import Map, Mask
from fundusfm.models.segmentation.segmenter import masks_at
from fundusfm.models.segmentation.structures import ARTERIES, ARTERY_VEIN, DISC, LESIONS, VEINS, VESSELS, WORDS
from fundusfm.parquet import write_parquet
from fundusfm.runs import write_atomic
from fundusfm.structures.photographs import LoadedStructures, StructureImage
from fundusfm.structures.scoring.overlay import (
    ARTERY_VEIN_LEGEND,
    LEGEND,
    artery_vein_overlay,
    error_overlay,
)
from fundusfm.structures.scoring.pixel_metrics import ranked_metrics, vessel_metrics
from fundusfm.structures.scoring.pixels import PixelCounts, pooled
from fundusfm.structures.scoring.sheet import Entry, chosen, sheet
from fundusfm.structures.scoring.structure_metrics import (
    METRICS,
    artery_share,
    artery_vein_metrics,
    disc_metrics,
    lesion_metrics,
)
from fundusfm.structures.scoring.summary import summarise_structures

_CURVE_POINTS = 201
_CURVE_COLUMNS = ["set", "label", "threshold", "sensitivity", "specificity", "precision", "prevalence"]
_JPEG_QUALITY = 92
_MASK_METRICS = {VESSELS: vessel_metrics, DISC: disc_metrics} | dict.fromkeys(LESIONS, lesion_metrics)


@dataclass(frozen=True)
class _Scored:
    """Scores of one structure in one photograph.

    Attributes:
        metrics: Metric to value; all of `METRICS`, perhaps more.
        pixels: Pixels by probability.
        overlay: uint8 (height, width, 3) RGB, hits and errors.
    """

    metrics: dict[str, float]
    pixels: PixelCounts
    overlay: npt.NDArray[np.uint8]


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
        probabilities: Mapping[str, Map],
        *,
        thresholds: Mapping[str, float],
        pieces: Mapping[str, float],
        fold: int = -1,
    ) -> None:
        """Scores one photograph and its second observer, and writes the overlays.

        Args:
            set_name: `cv`, or the external set's name.
            image: The manifest's row.
            loaded: The photograph and its masks; structures without a mask are not scored.
            probabilities: By mask, (height, width) in the photograph's own pixels, 0 to 1.
            thresholds: Threshold of each mask.
            pieces: What a pixel of a piece has to reach; see `masks_at`.
            fold: Test fold, from 1; -1 in an external set.

        Raises:
            EvaluationError: The row has none of the masks, or the prediction does not fit the photograph.
        """
        both = probabilities.keys() & loaded.drawn.keys()
        labels = [label for label in METRICS if label in both]
        if {ARTERIES, VEINS} <= both:
            labels.append(ARTERY_VEIN)
        if not labels:
            raise EvaluationError(
                f"{image.manifest}, row {image.row}: there is no mask of {', '.join(probabilities)} to compare with; "
                "fill the column, or leave the row out with --select"
            )
        predicted = masks_at(probabilities, thresholds, loaded.fov, pieces=pieces).masks
        file = _overlay_stem(image) + ".jpg"
        row = {"set": set_name, "dataset": image.dataset, "image": image.name, "patient": image.patient, "fold": fold}
        for label in labels:
            if label == ARTERY_VEIN:
                scored = _score_artery_vein(loaded, probabilities, predicted)
            else:
                scored = _score_mask(label, loaded, probabilities[label], predicted[label])
            overlay = Path("overlays", label, _path_part(set_name), file)
            (self._folder / overlay).parent.mkdir(parents=True, exist_ok=True)
            write_atomic(self._folder / overlay, jpeg_bytes(scored.overlay, quality=_JPEG_QUALITY))
            metrics = {metric: scored.metrics[metric] for metric in METRICS[label]}
            more = {"threshold": thresholds.get(label, 0.5), "overlay": overlay.as_posix()}
            self._rows.append(row | {"label": label} | metrics | more)
            self._pixels.append(scored.pixels)
        if VESSELS in labels and loaded.second_observer is not None:
            human = vessel_metrics(loaded.drawn[VESSELS], loaded.second_observer, loaded.fov)
            self._second.append(row | {"label": VESSELS} | human)

    def finish(self, *, seed: int) -> Results:
        """Writes tables and sheets.

        Args:
            seed: Random seed of the resamples.

        Returns:
            See `summarise_structures`.

        Raises:
            EvaluationError: Nothing was scored.
        """
        rows, second = pd.DataFrame(self._rows), pd.DataFrame(self._second)
        if rows.empty:
            raise EvaluationError("No photograph was scored, so there is nothing to summarise; widen --select")
        results = summarise_structures(
            rows.drop(columns=["threshold", "overlay"]), seed=seed, pixels=self._pixels, second_observer=second
        )
        write_parquet(self._folder / "images.parquet", rows)
        write_parquet(self._folder / "curves.parquet", self._curves(rows))
        self._write_sheets(rows)
        return results

    def _write_sheets(self, rows: pd.DataFrame) -> None:
        (self._folder / "sheets").mkdir(exist_ok=True)
        for (name, label), part in rows.groupby(["set", "label"], sort=False):
            metric, word, legend = (
                ("accuracy", "accuracy", ARTERY_VEIN_LEGEND) if label == ARTERY_VEIN else ("dice", "Dice", LEGEND)
            )
            entries = [
                Entry(self._folder / str(row["overlay"]), f"{Path(str(row['image'])).name}: {word} {row[metric]:.3f}")
                for _, row in chosen(part, metric).iterrows()
            ]
            if entries:
                title = f"{name}: {WORDS[str(label)]} with the lowest, middle and highest {word}"
                path = self._folder / "sheets" / f"{_path_part(str(name))}-{label}.png"
                write_atomic(path, sheet(title, entries, legend))

    def _curves(self, rows: pd.DataFrame) -> pd.DataFrame:
        parts = []
        for name, label in rows[["set", "label"]].drop_duplicates().itertuples(index=False):
            own = (rows["set"] == name) & (rows["label"] == label)
            counts = pooled([self._pixels[int(place)] for place in np.flatnonzero(own)])
            if not counts.positive.any() or not counts.negative.any():
                continue
            curve = counts.curve()
            # Equal steps along both axes: neither end of a curve may lose its shape.
            steps = np.linspace(0, 1, _CURVE_POINTS)
            rising = (curve["sensitivity"].to_numpy(), 1 - curve["specificity"].to_numpy())
            places = np.unique([np.searchsorted(axis, steps).clip(max=len(curve) - 1) for axis in rising])
            prevalence = counts.positive.sum() / (counts.positive.sum() + counts.negative.sum())
            parts.append(curve.iloc[places].assign(set=str(name), label=label, prevalence=float(prevalence)))
        return pd.concat(parts, ignore_index=True)[_CURVE_COLUMNS] if parts else pd.DataFrame(columns=_CURVE_COLUMNS)


def _overlay_stem(image: StructureImage) -> str:
    """Returns data set and file; of an absolute path, which says where a disk is, the row in place of the folders."""
    path = Path(image.name)
    own = f"{image.row}-{path.stem}" if path.is_absolute() else path.with_suffix("")
    return _path_part(f"{image.dataset}-{own}")


def _score_mask(label: str, loaded: LoadedStructures, probability: Map, predicted: Mask) -> _Scored:
    """Scores one mask against the observer's."""
    truth, counted = loaded.drawn[label], loaded.counted(label)
    ranked, pixels = ranked_metrics(truth, probability, counted)
    metrics = ranked | _MASK_METRICS[label](truth, predicted, counted)
    return _Scored(metrics, pixels, error_overlay(loaded.image, truth, predicted, counted))


def _score_artery_vein(
    loaded: LoadedStructures, probabilities: Mapping[str, Map], predicted: Mapping[str, Mask]
) -> _Scored:
    """Scores how arteries are told from veins."""
    arteries, veins = loaded.drawn[ARTERIES], loaded.drawn[VEINS]
    counted = loaded.counted(ARTERIES) & loaded.counted(VEINS)
    share = artery_share(probabilities[ARTERIES], probabilities[VEINS])
    found = predicted[ARTERIES] | predicted[VEINS]
    # A vessel that was not found counts as what it more probably is.
    called = np.where(found, predicted[ARTERIES], share >= 0.5)
    metrics, pixels = artery_vein_metrics(arteries, veins, called=called, found=found, share=share, counted=counted)
    return _Scored(metrics, pixels, artery_vein_overlay(loaded.image, arteries, veins, called, counted))


def _path_part(name: str) -> str:
    """Returns a name that is safe as a part of a path; folders in the name stay visible."""
    return re.sub(r"[^\w.+-]+", "-", name).strip("-.") or "unnamed"
