"""How far activation maps lie on lesions, as `fundusfm explain` measures it, on drawn lesions or a segmenter's."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fundusfm.config.explain import ExplainConfig
from fundusfm.data.fov.detect import FOV
from fundusfm.data.inputs.source import Source
from fundusfm.data.manifest.table import split_name
from fundusfm.errors import ConfigError, LabelError, MaskError, WeightsError
from fundusfm.evaluation.few import FEW
from fundusfm.explain.cam import heat_map, require_gradients
from fundusfm.explain.lesions import GRID, HeatOnLesions, heat_on_lesions, lesions_on_grid, summarise
from fundusfm.models.bundle import Bundle
from fundusfm.models.segmentation.arrays import Mask
from fundusfm.models.segmentation.structures import LESIONS, WORDS
from fundusfm.runs import RunFolder, write_atomic
from fundusfm.screening.ensemble_member import EnsembleMember
from fundusfm.screening.prepare import Prepared
from fundusfm.structures.finder import StructureFinder
from fundusfm.structures.layers import COLOUR_WORDS
from fundusfm.structures.masks import circle_mask, read_mask
from fundusfm.structures.photographs import StructureImage, read_structures

BEFORE = "of the photograph before"
"""Ends the name of a control: the map of the photograph before, which shows where the model looks in any case."""

_LARGEST_TOLERANCE = 0.25


@dataclass(frozen=True)
class MeasuredPhotograph:
    """What was measured of one photograph.

    Attributes:
        cells: Columns of `explain.csv` to cells; none where there is nothing to measure.
        lesions: bool (height, width) by kind of lesion, in the photograph's own pixels.
    """

    cells: dict[str, float]
    lesions: dict[str, Mask]


class LesionMeasure:
    """Measures, photograph by photograph, how much of each model's map lies on lesions.

    Args:
        config: Options of the command.
        bundle: The model that is explained.

    Raises:
        ConfigError: There are no lesions, or the tolerance is out of range.
        LabelError: A model lacks the label.
        ManifestError, MaskError: The manifest's masks cannot be read.
        WeightsError: A model is missing, or the segmenter finds no lesions.
    """

    def __init__(self, config: ExplainConfig, bundle: Bundle) -> None:
        if not 0 <= config.tolerance <= _LARGEST_TOLERANCE:
            raise ConfigError(
                f"--tolerance is {config.tolerance}; it lies between 0 and {_LARGEST_TOLERANCE}.", code="RANGE"
            )
        self._config = config
        self._finder = None if config.structures is None else _lesion_finder(config.structures, config.device)
        self._drawn = [] if self._finder else _drawn_lesions(config)
        self._bundles = {bundle.card.name: bundle}
        for given in config.against or []:
            name, weights = split_name(given)
            self._bundles[_free_name(name or weights, self._bundles)] = EnsembleMember(
                weights, device=config.device
            ).bundle
        for name, other in self._bundles.items():
            if config.label is not None and config.label not in other.card.labels:
                raise LabelError(
                    f"The model {name} has no label {config.label!r}; it has: {', '.join(other.card.labels)}."
                )
            require_gradients(other, config.cam)
        self._rows: list[dict[str, Any]] = []
        self._before: NDArray[np.float32] | None = None

    @property
    def sizes(self) -> list[int]:
        """Sides of the crops that the models take."""
        return [bundle.card.size for bundle in self._bundles.values()]

    def add(
        self, number: int, source: Source, image: NDArray[np.uint8], prepared: Prepared, label: str
    ) -> MeasuredPhotograph:
        """Measures the maps of one photograph.

        Args:
            number: Its position among the rows of the manifest.
            source: The photograph.
            image: uint8 (height, width, 3) RGB, original pixels.
            prepared: Its crops of `sizes`.
            label: Label whose evidence the maps show.

        Returns:
            What was measured of the model that is explained.
        """
        crop = prepared.crops[self.sizes[0]]
        masks = self._lesions(number, image)
        lesions = lesions_on_grid(_union(list(masks.values()), image.shape), crop, self._config.tolerance)
        half = GRID / 2
        inside = circle_mask(FOV(half, half, half, crop.fov.found), GRID, GRID)
        heats = {
            name: heat_map(bundle, prepared.squares[bundle.card.size], label, self._config.cam)
            for name, bundle in self._bundles.items()
        }
        own = next(iter(heats))
        before, self._before = self._before, heats[own]
        if before is not None:
            heats[f"{own}, {BEFORE}"] = before
        patient = source.columns.get("patient", "") or source.name
        known = {"image": source.name, "patient": patient, "label": label}
        measured = {name: heat_on_lesions(heat, lesions, inside) for name, heat in heats.items()}
        self._rows += [known | {"map": name} | _cells(one) for name, one in measured.items() if one is not None]
        found = measured[own]
        cells = {} if found is None else {f"lesions.{name}": cell for name, cell in _cells(found).items()}
        return MeasuredPhotograph(cells, masks)

    def write(self, run: RunFolder) -> list[dict[str, Any]]:
        """Writes `lesions.csv` and `lesions_summary.csv`, logs the summary, and returns its rows."""
        columns = ["image", "patient", "label", "map", "heat", "area", "ratio", "peak"]
        table = pd.DataFrame(self._rows, columns=columns)
        write_atomic(run.path / "lesions.csv", table.to_csv(index=False, lineterminator="\n"))
        summary = summarise(table)
        write_atomic(run.path / "lesions_summary.csv", summary.round(4).to_csv(index=False, lineterminator="\n"))
        for row in summary.to_dict("records"):
            care = f", fewer than {FEW} patients: too few to rely on" if row["patients"] < FEW else ""
            run.log(
                f"{row['map']}: {row['heat']:.1%} of the heat on lesions, which take {row['area']:.1%}: ratio "
                f"{row['ratio']:.2f} ({_range(row, 'ratio', '.2f')}); hottest place on a lesion {row['peak']:.0%} "
                f"({_range(row, 'peak', '.0%')}); {row['photographs']} photographs{care}"
            )
        if summary.empty:
            run.log("no photograph has a lesion and a map, so there is nothing to hold the maps against")
        return [{str(name): cell for name, cell in row.items()} for row in summary.to_dict("records")]

    def _lesions(self, number: int, image: NDArray[np.uint8]) -> dict[str, Mask]:
        if self._finder is not None:
            found, _ = self._finder.find_in_photograph(image)
            return {name: found[name] for name in LESIONS if name in found}
        row = self._drawn[number]
        masks = {name: read_mask(path).mask for name, path in row.masks.items() if name in LESIONS}
        for mask in masks.values():
            if mask.shape != image.shape[:2]:
                raise MaskError(
                    f"{row.manifest}, row {row.row}: a lesion mask has {mask.shape[1]} x {mask.shape[0]} pixels and "
                    f"the photograph {image.shape[1]} x {image.shape[0]}; give masks of the photograph's size."
                )
        return masks


def outlines_text(lesions: Mapping[str, Mask]) -> str:
    """Returns what the outlines of lesions on a picture mean; empty where there are none."""
    shown = [f"{WORDS[name]} {COLOUR_WORDS[name]}" for name, mask in lesions.items() if mask.any()]
    return f"outlined: {', '.join(shown)}" if shown else ""


def _range(row: Mapping[Hashable, Any], name: str, form: str) -> str:
    """Returns the interval of a value in words."""
    low, high = row[f"{name}_low"], row[f"{name}_high"]
    return "no interval" if np.isnan([low, high]).any() else f"{low:{form}} to {high:{form}}"


def _cells(found: HeatOnLesions) -> dict[str, float]:
    return {
        "heat": round(found.heat, 5),
        "area": round(found.area, 5),
        "ratio": round(found.heat / found.area, 4),
        "peak": int(found.peak),
    }


def _union(masks: Sequence[Mask], shape: tuple[int, ...]) -> Mask:
    return np.logical_or.reduce(masks) if masks else np.zeros(shape[:2], np.bool_)


def _lesion_finder(weights: str, device: str) -> StructureFinder:
    finder = StructureFinder(weights, device=device)
    if not set(LESIONS) & set(finder.segmenter.labels):
        raise WeightsError(f"The segmenter {finder.name} finds {', '.join(finder.segmenter.labels)}, but no lesions.")
    return finder


def _drawn_lesions(config: ExplainConfig) -> list[StructureImage]:
    if config.data is None or not Path(split_name(config.data)[1]).is_file():
        raise ConfigError(
            "--lesions needs a manifest whose columns MA, HE, EX or SE name masks: give it with --data, or a segmenter "
            "with --structures, which finds the lesions."
        )
    rows = read_structures(config.data, labels=LESIONS, select=config.select, need_masks=False, log=lambda _: None)
    if not any(row.labels for row in rows):
        raise ConfigError(f"--lesions: {config.data} names no lesion mask in a column MA, HE, EX or SE.")
    return rows


def _free_name(name: str, taken: dict[str, Bundle]) -> str:
    if name in taken:
        raise ConfigError(f"Two models are called {name}: give one another name, as in --against OTHER={name}.")
    return name
