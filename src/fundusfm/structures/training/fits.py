"""The fits of a run: one per fold, and the final one on all photographs. Each can be resumed."""

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from torch import nn

from fundusfm.config.fit import FitSettings
from fundusfm.evaluation.table import CV
from fundusfm.models.segmentation.bundle import segmenter_of
from fundusfm.models.segmentation.segmenter import Segmenter
from fundusfm.models.segmentation.structures import task_of
from fundusfm.progress import track
from fundusfm.runs import RunFolder, write_atomic
from fundusfm.structures.scoring.pixels import PixelCounts, count_pixels
from fundusfm.structures.scoring.scoring import SegmentScoring
from fundusfm.structures.training.cohort import SegmentCohort
from fundusfm.structures.training.crops import SegmentCrops
from fundusfm.structures.training.fit import PatchSettings, fit_segmenter
from fundusfm.structures.training.start import SegmenterStart
from fundusfm.structures.training.threshold import Threshold, best_threshold, piece_thresholds, pixel_thresholds
from fundusfm.training.fitting.checkpoints import discard_checkpoints, read_weights, write_weights


@dataclass(frozen=True)
class SegmentFits:
    """The fits of a run. `fold` counts from 0, and None is the final fit.

    Attributes:
        run: Folder of the run.
        cohort: All photographs, and their folds.
        crops: Their crops, in the same order.
        start: What every fit starts from.
        labels: The masks that are learnt.
        patches: What is drawn from each photograph.
        settings: How to fit.
        encoder_rate: Share of the learning rate that the encoder gets.
        tta: Whether mirror images are averaged in scoring.
        resume: Take what an earlier start of the run has finished.
    """

    run: RunFolder
    cohort: SegmentCohort
    crops: SegmentCrops
    start: SegmenterStart
    labels: list[str]
    patches: PatchSettings
    settings: FitSettings
    encoder_rate: float
    tta: bool
    resume: bool

    def fitted(self, fold: int | None) -> nn.Module:
        """Returns the network of one fit."""
        folder = self._folder(fold)
        weights = folder / "segmenter.safetensors"
        network = copy.deepcopy(self.start.network)
        if self.resume and weights.exists():
            network.load_state_dict(read_weights(weights))
            return network.eval()
        used = self.cohort.train_rows(fold)
        history = fit_segmenter(
            network,
            self.crops.take(used),
            labels=self.labels,
            patches=self._patches_each(fold, int(used.sum())),
            settings=self.settings,
            encoder_rate=self.encoder_rate,
            mean=self.start.card.mean,
            std=self.start.card.std,
            folder=folder,
            resume=self.resume,
            log_line=lambda line: self.run.log(f"{_name(fold)}: {line}"),
        )
        table = pd.DataFrame(history)
        table.insert(0, "fold", "final" if fold is None else str(fold + 1))
        write_atomic(folder / "history.csv", table.to_csv(index=False, lineterminator="\n"))
        write_weights(weights, network.state_dict())
        discard_checkpoints(folder)
        return network

    def segmenter(self, network: nn.Module) -> Segmenter:
        """Returns a fitted network as a segmenter."""
        update = {"size": self.crops.images.shape[1], "labels": self.labels, "task": task_of(self.labels)}
        return segmenter_of(network, self.start.card.model_copy(update=update))

    def choose_thresholds(self, network: nn.Module, fold: int | None) -> dict[str, Threshold]:
        """Chooses the threshold of each mask on the photographs of the fit, in original pixels."""
        segmenter = self.segmenter(network)
        counts: dict[str, list[PixelCounts]] = {label: [] for label in self.labels}
        sets: dict[str, list[str]] = {label: [] for label in self.labels}
        rows = np.flatnonzero(self.cohort.train_rows(fold))
        for row in track(rows, label=f"{_name(fold)}: threshold", unit="photo"):
            loaded = self.cohort.images[row].load(allow_empty=False)
            probabilities = segmenter.probabilities(loaded.image, loaded.fov_circle, tta=self.tta)
            for label in loaded.drawn.keys() & counts.keys():
                counted = loaded.counted(label)
                counts[label].append(count_pixels(loaded.drawn[label][counted], probabilities[label][counted]))
                sets[label].append(self.cohort.images[row].dataset)
        network.cpu()
        chosen = {label: best_threshold(own, sets[label]) for label, own in counts.items()}
        for label, one in chosen.items():
            least = f", {one.piece.threshold:.4f} in one pixel of a piece" if one.piece else ""
            self.run.log(
                f"{_name(fold)}: threshold of {label} {one.point.threshold:.3f}{least}; Dice {one.dice:.4f} on the "
                "photographs learnt from"
            )
        return chosen

    def score(
        self, scoring: SegmentScoring, network: nn.Module, chosen: Mapping[str, Threshold], fold: int | None
    ) -> None:
        """Scores the test photographs of a fit, whose patients the network never saw."""
        rows = np.flatnonzero(self.cohort.test_rows(fold))
        if not len(rows):
            return
        segmenter = self.segmenter(network)
        for row in track(rows, label=f"{_name(fold)}: test", unit="photo"):
            image = self.cohort.images[row]
            loaded = image.load()
            probabilities = segmenter.probabilities(loaded.image, loaded.fov_circle, tta=self.tta)
            where = image.dataset if fold is None else CV
            number = -1 if fold is None else fold + 1
            scoring.add(
                where,
                image,
                loaded,
                probabilities,
                thresholds=pixel_thresholds(chosen),
                pieces=piece_thresholds(chosen),
                fold=number,
            )

    def write_history(self) -> None:
        """Joins the learning curves of all fits into the run's `history.csv`."""
        folds = (*range(self.cohort.fold_count), None)
        parts = [pd.read_csv(self._folder(fold) / "history.csv", dtype={"fold": str}) for fold in folds]
        write_atomic(self.run.path / "history.csv", pd.concat(parts).to_csv(index=False, lineterminator="\n"))

    def _patches_each(self, fold: int | None, used: int) -> PatchSettings:
        """Draws more patches from each photograph where few are used: fewer masks shall not also mean fewer steps."""
        available = int((~self.cohort.test_rows(fold)).sum())
        return PatchSettings(self.patches.side, round(self.patches.each * available / used))

    def _folder(self, fold: int | None) -> Path:
        folder = self.run.checkpoints / ("final" if fold is None else f"fold-{fold}")
        folder.mkdir(parents=True, exist_ok=True)
        return folder


def _name(fold: int | None) -> str:
    return "the final fit" if fold is None else f"fold {fold + 1}"
