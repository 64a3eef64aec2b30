"""The work of `fundusfm explain`: photographs with the evidence for a label drawn on them."""

import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import pandas as pd

from fundusfm.config.explain import ExplainConfig
from fundusfm.config.predict import PredictConfig
from fundusfm.data.encode import png_bytes
from fundusfm.data.inputs.find import find_sources, skipped_text
from fundusfm.data.inputs.listed import listed_sources
from fundusfm.data.inputs.photograph import Decoder
from fundusfm.data.inputs.source import Source
from fundusfm.errors import ConfigError, DecodeError, LabelError, MaskError
from fundusfm.explain.cam import heat_map, require_gradients
from fundusfm.explain.overlay import in_original, overlay
from fundusfm.explain.sheet import sheet
from fundusfm.models.bundle import Bundle
from fundusfm.models.released import default_weights
from fundusfm.progress import track
from fundusfm.runs import RunFolder, open_run, write_atomic
from fundusfm.screening.explanations.lesions import LesionMeasure, outlines_text
from fundusfm.screening.pipeline import read_and_prepare
from fundusfm.screening.predict import BATCH
from fundusfm.screening.prepare import Prepared, Unreadable
from fundusfm.screening.screener import FAILED, OK, Screener
from fundusfm.structures.layers import outlined

_DEFAULT_LABEL = "abnormal"
_COLUMNS = ["image", "status", "label", "score", "truth", "peak_x", "peak_y", "overlay", "sheet", "reason"]
_ON_LESIONS = ["lesions.heat", "lesions.area", "lesions.ratio", "lesions.peak"]


def run_explain(config: ExplainConfig) -> pd.DataFrame:
    """Runs the command; see `fundusfm.commands` for results and errors."""
    if (config.paths is None) == (config.data is None):
        raise ConfigError("explain needs photographs from one place: PATH ... or --data STORE_OR_MANIFEST.")
    if config.limit < 1:
        raise ConfigError(f"--limit is {config.limit}; it must be at least 1.")
    if config.paths is not None and config.select is not None:
        raise ConfigError("--select chooses rows of --data; files named as PATH have no columns to select by.")
    screener = Screener(
        [config.weights or default_weights()], tta=PredictConfig.tta, decides=False, device=config.device
    )
    labels = screener.ensemble.labels
    if config.label is not None and config.label not in labels:
        name = screener.ensemble.members[0].bundle.card.name
        raise LabelError(f"The model {name} has no label {config.label!r}; it has: {', '.join(labels)}.")
    require_gradients(screener.ensemble.members[0].bundle, config.cam)
    measure = _measure(config, screener.ensemble.members[0].bundle)
    skipped = Counter[str]()
    sources = (
        find_sources(config.paths, skipped=skipped)
        if config.paths is not None
        else listed_sources(str(config.data), select=config.select)
    )
    run = open_run(config.out, command="explain", config=config, overwrite=config.overwrite)
    for folder in ("overlays", "sheets", *(["maps"] if config.maps else [])):
        (run.path / folder).mkdir(exist_ok=True)
    explaining = _Explaining(screener, run, config, measure)
    wanted = sources[: config.limit]
    rows = list(track(explaining.rows(wanted), label="explain", total=len(wanted), unit="photo"))
    table = pd.DataFrame(rows, columns=[*_COLUMNS, *(_ON_LESIONS if measure else [])])
    write_atomic(run.path / "explain.csv", table.to_csv(index=False, lineterminator="\n"))
    counts = Counter(table["status"])
    run.log(
        f"{counts[OK]} of {len(table)} photographs explained; pictures in {run.path / 'sheets'}"
        + "".join(f"; {count} {status}" for status, count in counts.items() if status != OK)
        + (", reasons in explain.csv" if counts[OK] < len(table) else "")
        + (f"; the first {len(wanted)} of {len(sources)}, see --limit" if len(wanted) < len(sources) else "")
    )
    if skipped:
        print(skipped_text(skipped), file=sys.stderr)
    metrics: dict[str, Any] = {"photographs": len(table), "failed": counts[FAILED], "cam": config.cam}
    if measure:
        metrics |= {"tolerance": config.tolerance, "lesions": measure.write(run)}
    run.write_metrics(metrics)
    return table


def _measure(config: ExplainConfig, bundle: Bundle) -> LesionMeasure | None:
    """Returns what compares maps with lesions, if the options ask for it."""
    if config.lesions and config.structures is not None:
        raise ConfigError(
            "--lesions takes drawn lesions, and --structures those that a segmenter finds: give one of them."
        )
    if config.lesions or config.structures is not None:
        return LesionMeasure(config, bundle)
    if config.against:
        raise ConfigError("--against holds further maps against lesions: give --lesions or --structures too.")
    return None


@dataclass(frozen=True)
class _Explaining:
    """Explains photograph after photograph: what is the same for all of them, and the work on each."""

    screener: Screener
    run: RunFolder
    config: ExplainConfig
    measure: LesionMeasure | None

    def rows(self, sources: Sequence[Source]) -> Iterator[dict[str, Any]]:
        """Screens photographs, writes their pictures and yields their rows."""
        sizes = sorted({*self.screener.ensemble.sizes, *(self.measure.sizes if self.measure else [])})
        for first in range(0, len(sources), BATCH):
            batch = sources[first : first + BATCH]
            ready = [read_and_prepare(source, sizes) for source in batch]
            screened = self.screener.screen_prepared(ready)
            for number, (source, prepared, row) in enumerate(zip(batch, ready, screened, strict=True), start=first):
                yield self._row(source, prepared, row, number)

    def _row(
        self, source: Source, prepared: Prepared | Unreadable, screened: dict[str, Any], number: int
    ) -> dict[str, Any]:
        row = {"image": source.name, "status": screened["status"], "reason": screened["reason"] or ""}
        if row["status"] != OK or not isinstance(prepared, Prepared):
            return row
        try:
            return row | self._draw(source, prepared, screened, number)
        except (DecodeError, MaskError) as error:
            return row | {"status": FAILED, "reason": str(error)}
        except (cv2.error, MemoryError) as error:
            reason = f"{source.name} cannot be drawn ({error}): export it again, smaller."
            return row | {"status": FAILED, "reason": reason}

    def _draw(self, source: Source, prepared: Prepared, screened: dict[str, Any], number: int) -> dict[str, Any]:
        stem = source.picture_name(number)
        member = self.screener.ensemble.members[0]
        label = self.config.label or self._default_label(screened)
        score = float(screened[f"{label}.score"])
        square, crop = prepared.squares[member.size], prepared.crops[member.size]
        image = Decoder(source.read())().image
        measured = self.measure.add(number, source, image, prepared, label) if self.measure else None
        heat = in_original(
            heat_map(member.bundle, square, label, self.config.cam), crop, prepared.height, prepared.width
        )
        overlaid = overlay(image, heat)
        if measured:
            overlaid = outlined(overlaid, measured.lesions)
        nothing = "" if heat.any() else f"nothing in this photograph raises the score of {label}: the map is empty"
        truth = source.columns.get(label, "")
        notes = [f"label {truth}" if truth else "", nothing, crop.fov.reason and f"full frame: {crop.fov.reason}"]
        write_atomic(self.run.path / "overlays" / f"{stem}.png", png_bytes(overlaid))
        if self.config.maps:
            grey = np.rint(heat * 65535).astype(np.uint16)
            write_atomic(self.run.path / "maps" / f"{stem}.png", png_bytes(grey))
        picture = sheet(
            image,
            square,
            overlaid,
            title=source.name,
            label=member.bundle.card.name_of(label),
            score=score,
            method=self.config.cam,
            note="; ".join(note for note in [*notes, outlines_text(measured.lesions if measured else {})] if note),
        )
        write_atomic(self.run.path / "sheets" / f"{stem}.png", picture)
        peak = np.unravel_index(int(heat.argmax()), heat.shape) if heat.any() else None
        return {
            "label": label,
            "score": score,
            "truth": truth,
            "peak_x": "" if peak is None else int(peak[1]),
            "peak_y": "" if peak is None else int(peak[0]),
            "overlay": f"overlays/{stem}.png",
            "sheet": f"sheets/{stem}.png",
            "reason": "; ".join(note for note in notes[1:] if note),
            **(measured.cells if measured else {}),
        }

    def _default_label(self, screened: dict[str, Any]) -> str:
        labels = self.screener.ensemble.labels
        if _DEFAULT_LABEL in labels:
            return _DEFAULT_LABEL
        return max(labels, key=lambda label: float(screened[f"{label}.score"]))
