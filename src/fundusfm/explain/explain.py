"""The work behind `fundusfm explain`."""

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pandas as pd
import torch

from fundusfm.config.explain import ExplainConfig
from fundusfm.data.decode.image import decode
from fundusfm.data.fov.crop import Crop
from fundusfm.data.fov.detect import find_fov
from fundusfm.errors import ConfigError, DecodeError, LabelError, WeightsError
from fundusfm.explain.cam import Method, heat_map
from fundusfm.explain.overlay import in_original, overlay
from fundusfm.explain.photographs import Photograph, listed_photographs, named_photographs
from fundusfm.explain.sheet import sheet
from fundusfm.models.bundle import Bundle
from fundusfm.models.inference import pick_device, scores_from_logits, to_input
from fundusfm.models.released import default_weights
from fundusfm.models.start import resolve_weights
from fundusfm.progress import track
from fundusfm.runs import RunFolder, open_run, write_atomic

_DEFAULT_LABEL = "abnormal"
_COLUMNS = ["image", "status", "label", "score", "truth", "peak_x", "peak_y", "overlay", "sheet", "reason"]


def run_explain(config: ExplainConfig) -> pd.DataFrame:
    """Runs the command; see `fundusfm.commands` for results and errors."""
    if (config.paths is None) == (config.data is None):
        raise ConfigError("explain needs photographs from one place: PATH ... or --data STORE_OR_MANIFEST.")
    if config.limit < 1:
        raise ConfigError(f"--limit is {config.limit}; it must be at least 1.")
    if config.paths is not None and config.select is not None:
        raise ConfigError("--select chooses rows of --data; files named as PATH have no columns to select by.")
    bundle = resolve_weights(default_weights() if config.weights is None else config.weights, size=224)
    _check_label(bundle, config.label)
    photographs = (
        named_photographs(config.paths)[: config.limit]
        if config.paths is not None
        else listed_photographs(str(config.data), select=config.select, limit=config.limit)
    )
    run = open_run(config.out, command="explain", config=config, overwrite=config.overwrite)
    for folder in ("overlays", "sheets", *(["maps"] if config.maps else [])):
        (run.path / folder).mkdir(exist_ok=True)
    bundle.network.to(pick_device()).eval()
    rows = []
    for number, photograph in enumerate(track(photographs, label="explain", unit="photo")):
        row: dict[str, Any] = {"image": photograph.name, "status": "ok", "reason": ""}
        try:
            row |= _explain_one(
                bundle, photograph, run, f"{number:04d}_{photograph.path.stem}", config.label, config.cam, config.maps
            )
        except DecodeError as error:
            row |= {"status": "failed", "reason": str(error)}
        rows.append(row)
    table = pd.DataFrame(rows, columns=_COLUMNS)
    write_atomic(run.path / "explain.csv", table.to_csv(index=False, lineterminator="\n"))
    failed = int((table["status"] == "failed").sum())
    run.log(
        f"{len(table) - failed} of {len(table)} photographs explained; pictures in {run.path / 'sheets'}"
        + (f"; reasons of the {failed} failed in explain.csv" if failed else "")
    )
    run.write_metrics({"photographs": len(table), "failed": failed, "cam": config.cam})
    return table


def _check_label(bundle: Bundle, label: str | None) -> None:
    card = bundle.card
    if not card.labels:
        raise WeightsError(
            f"{card.name} is a backbone without a head, so there is no label to explain: give the "
            "bundle of a pretrain, probe or finetune run."
        )
    if label is not None and label not in card.labels:
        raise LabelError(f"The model {card.name} has no label {label!r}; it has: {', '.join(card.labels)}.")


def _explain_one(
    bundle: Bundle, photograph: Photograph, run: RunFolder, stem: str, label: str | None, method: Method, maps: bool
) -> dict[str, Any]:
    """Writes the pictures of one photograph and returns its row's cells."""
    card = bundle.card
    decoded = decode(photograph.path)
    crop = Crop(photograph.fov or find_fov(decoded.image), card.size)
    square = crop.apply(decoded.image)
    scores = _scores(bundle, square)
    if label is None:
        label = _DEFAULT_LABEL if _DEFAULT_LABEL in card.labels else card.labels[int(scores.argmax())]
    score = float(scores[card.labels.index(label)])
    heat = in_original(heat_map(bundle, square, label, method), crop, decoded.original_height, decoded.original_width)
    overlaid = overlay(decoded.image, heat)
    nothing = "" if heat.any() else f"nothing in this photograph raises the score of {label}: the map is empty"
    truth = photograph.columns.get(label, "")
    notes = [f"label {truth}" if truth else "", nothing, crop.fov.reason and f"full frame: {crop.fov.reason}"]
    _write_png(run.path / "overlays" / f"{stem}.png", overlaid)
    if maps:
        _write_png(run.path / "maps" / f"{stem}.png", np.rint(heat * 65535).astype(np.uint16))
    picture = sheet(
        decoded.image,
        square,
        overlaid,
        title=photograph.name,
        label=label,
        score=score,
        method=method,
        note="; ".join(note for note in notes if note),
    )
    write_atomic(run.path / "sheets" / f"{stem}.png", picture)
    peak = np.unravel_index(int(heat.argmax()), heat.shape) if heat.any() else None
    return {
        "label": label,
        "score": round(score, 6),
        "truth": truth,
        "peak_x": "" if peak is None else int(peak[1]),
        "peak_y": "" if peak is None else int(peak[0]),
        "overlay": f"overlays/{stem}.png",
        "sheet": f"sheets/{stem}.png",
        "reason": "; ".join(note for note in notes[1:] if note),
    }


def _scores(bundle: Bundle, square: np.ndarray) -> np.ndarray:
    device = next(bundle.network.parameters()).device
    images = torch.from_numpy(square).permute(2, 0, 1)[None].to(device)
    with torch.inference_mode():
        logits = bundle.network(to_input(images, bundle.card.mean, bundle.card.std)).float().cpu().numpy()
    scores: np.ndarray = scores_from_logits(logits, bundle.card.task)[0]
    return scores


def _write_png(path: Path, image: np.ndarray) -> None:
    ordered = cv2.cvtColor(image, cv2.COLOR_RGB2BGR) if image.ndim == 3 else image
    _, encoded = cv2.imencode(".png", ordered)
    write_atomic(path, encoded.tobytes())
