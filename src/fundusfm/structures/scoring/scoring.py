"""Scores photograph after photograph, and leaves in a run folder what tables, figures and report are made of.

images.parquet              a row per photograph and structure, metric columns
curves.parquet              ROC and precision-recall over all pixels of each set and structure
overlays/LABEL/SET/*.jpg    hits and errors of each photograph
sheets/SET-LABEL.png        photographs with the lowest, middle and highest Dice
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
from fundusfm.models.segmentation.segmenter import masks_at
from fundusfm.models.segmentation.structures import ARTERIES, DISC, LESIONS, VEINS, VESSELS
from fundusfm.parquet import write_parquet
from fundusfm.runs import write_atomic
from fundusfm.structures.photographs import LoadedStructures, StructureImage
from fundusfm.structures.scoring.kinds import (
    ARTERY_VEIN,
    METRICS,
    TITLES,
    artery_share,
    artery_vein_metrics,
    disc_metrics,
    lesion_metrics,
)
from fundusfm.structures.scoring.metrics import ranked_metrics, vessel_metrics
from fundusfm.structures.scoring.overlay import (
    ARTERY_VEIN_LEGEND,
    LEGEND,
    artery_vein_overlay,
    error_overlay,
)
from fundusfm.structures.scoring.pixels import PixelCounts
from fundusfm.structures.scoring.sheet import Entry, chosen, sheet
from fundusfm.structures.scoring.summary import summarise_structures

_CURVE_POINTS = 201
_MEASURED = {VESSELS: vessel_metrics, DISC: disc_metrics} | dict.fromkeys(LESIONS, lesion_metrics)


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
    ) -> dict[str, dict[str, float]]:
        """Scores one photograph and its second observer, and writes the overlays.

        Args:
            set_name: `cv`, or the external set's name.
            image: The manifest's row.
            loaded: Arrays of the photograph; a mask that it does not have is not scored.
            probabilities: By mask, (height, width) in the photograph's own pixels, 0 to 1.
            thresholds: By mask, the probability from which a pixel belongs to it.
            fold: Test fold, from 1; -1 in an external set.

        Returns:
            The photograph's metrics by label, a key of `METRICS`.

        Raises:
            EvaluationError: The row has none of the masks, or the prediction does not fit the photograph.
        """
        called = masks_at(probabilities, thresholds, loaded.fov).masks
        scores: dict[str, dict[str, float]] = {}
        pixels: dict[str, PixelCounts] = {}
        stem = _overlay_stem(image)
        overlays = {label: Path("overlays", label, _plain(set_name), f"{stem}.jpg") for label in METRICS}
        for label in [name for name in METRICS if name in probabilities and name in loaded.drawn]:
            drawn, counted = loaded.drawn[label], loaded.fov & loaded.known.get(label, loaded.fov)
            ranked, pixels[label] = ranked_metrics(drawn, probabilities[label], counted)
            scores[label] = ranked | _MEASURED[label](drawn, called[label], counted)
            overlay = error_overlay(loaded.image, drawn, called[label], counted)
            _write_jpeg(self._folder / overlays[label], overlay)
        both = (ARTERIES, VEINS)
        if all(name in probabilities and name in loaded.drawn for name in both):
            arteries, veins = (loaded.drawn[name] for name in both)
            counted = loaded.fov & loaded.known.get(ARTERIES, loaded.fov) & loaded.known.get(VEINS, loaded.fov)
            share = artery_share(*(probabilities[name] for name in both))
            found = called[ARTERIES] | called[VEINS]
            named = np.where(found, called[ARTERIES], share >= 0.5)
            scores[ARTERY_VEIN], pixels[ARTERY_VEIN] = artery_vein_metrics(
                arteries, veins, called=named, found=found, share=share, counted=counted
            )
            overlay = artery_vein_overlay(loaded.image, arteries, veins, named, counted)
            _write_jpeg(self._folder / overlays[ARTERY_VEIN], overlay)
        if not scores:
            raise EvaluationError(
                f"{image.manifest}, row {image.row}: there is no mask of {', '.join(probabilities)} to compare with; "
                "fill the column, or leave the row out with --select"
            )
        who = {"set": set_name, "dataset": image.dataset, "image": image.name, "patient": image.patient, "fold": fold}
        for label, own in scores.items():
            kept = {metric: own[metric] for metric in METRICS[label]}
            at = {"threshold": thresholds.get(label, 0.5), "overlay": overlays[label].as_posix()}
            self._rows.append(who | {"label": label} | kept | at)
            self._pixels.append(pixels[label])
        if VESSELS in scores and loaded.second_observer is not None:
            human = vessel_metrics(loaded.drawn[VESSELS], loaded.second_observer, loaded.fov)
            self._second.append(who | {"label": VESSELS} | human)
        return scores

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
        (self._folder / "sheets").mkdir(exist_ok=True)
        for (name, label), part in rows.groupby(["set", "label"], sort=False):
            metric = "accuracy" if label == ARTERY_VEIN else "dice"
            word = "accuracy" if label == ARTERY_VEIN else "Dice"
            entries = [
                Entry(self._folder / str(row["overlay"]), f"{Path(str(row['image'])).name}: {word} {row[metric]:.3f}")
                for _, row in chosen(part, metric).iterrows()
            ]
            if entries:
                title = f"{name}: {TITLES[str(label)]} with the lowest, middle and highest {word}"
                legend = ARTERY_VEIN_LEGEND if label == ARTERY_VEIN else LEGEND
                drawn = sheet(title, entries, legend)
                write_atomic(self._folder / "sheets" / f"{_plain(str(name))}-{label}.png", drawn)
        return results

    def _curves(self, rows: pd.DataFrame) -> pd.DataFrame:
        parts = []
        for name, label in rows[["set", "label"]].drop_duplicates().itertuples(index=False):
            own = (rows["set"] == name) & (rows["label"] == label)
            counts = [self._pixels[int(place)] for place in np.flatnonzero(own)]
            whole = counts[0]
            for other in counts[1:]:
                whole = whole + other
            if not whole.positive.any() or not whole.negative.any():
                continue
            curve = whole.curve()
            # Equal steps along both axes: neither end of a curve may lose its shape.
            steps = np.linspace(0, 1, _CURVE_POINTS)
            rising = (curve["sensitivity"].to_numpy(), 1 - curve["specificity"].to_numpy())
            places = np.unique([np.searchsorted(axis, steps).clip(max=len(curve) - 1) for axis in rising])
            prevalence = whole.positive.sum() / (whole.positive.sum() + whole.negative.sum())
            parts.append(curve.iloc[places].assign(set=str(name), label=label, prevalence=float(prevalence)))
        columns = ["set", "label", "threshold", "sensitivity", "specificity", "precision", "prevalence"]
        return pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns)


def _overlay_stem(image: StructureImage) -> str:
    """Returns data set and file; of an absolute path, which says where a disk is, the row in place of the folders."""
    path = Path(image.name)
    own = f"{image.row}-{path.stem}" if path.is_absolute() else path.with_suffix("")
    return _plain(f"{image.dataset}-{own}")


def _plain(name: str) -> str:
    """Returns a name that is safe as a part of a path; folders of a name stay visible in it."""
    return re.sub(r"[^\w.+-]+", "-", name).strip("-.") or "unnamed"


def _write_jpeg(path: Path, image: npt.NDArray[np.uint8]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    done, encoded = cv2.imencode(".jpg", cv2.cvtColor(image, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, 92])
    if not done:
        raise RuntimeError(f"OpenCV could not encode {path}")
    write_atomic(path, encoded.tobytes())
