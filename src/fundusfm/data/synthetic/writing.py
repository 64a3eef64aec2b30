"""Writes generated photographs, their masks and their manifest."""

import csv
import io
import json
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from fundusfm.data.parallel import ordered_map, worker_count
from fundusfm.data.synthetic.arrays import Bytes
from fundusfm.data.synthetic.camera.cameras import CAMERAS, cameras_named
from fundusfm.data.synthetic.photograph import GeneratedPhotograph, generate
from fundusfm.errors import ConfigError
from fundusfm.platforms import cores
from fundusfm.progress import track
from fundusfm.runs import write_atomic

PALETTE: tuple[tuple[int, int, int], ...] = (
    (0, 0, 0),
    (120, 120, 140),
    (90, 150, 170),
    (110, 40, 80),
    (230, 220, 180),
    (200, 170, 120),
    (160, 130, 200),
    (255, 120, 200),
    (255, 200, 60),
    (255, 255, 255),
    (255, 255, 0),
    (220, 30, 30),
    (60, 220, 60),
)
"""Colours of the lesion mask's values, so that any viewer shows them apart."""

ARTERY_VEIN_PALETTE: tuple[tuple[int, int, int], ...] = ((0, 0, 0), (255, 0, 0), (0, 0, 255), (0, 255, 0))
"""Colours of 0 background, 1 artery, 2 vein and 3 crossing: those of RITE."""

DIABETIC = {"MA": "microaneurysms", "HE": "haemorrhages", "EX": "hard_exudates", "SE": "cotton_wool_spots"}
"""Folders and columns with a mask of one kind of lesion each, named as in IDRiD, and the kind."""

_FOLDERS = ("images", "vessels", "artery_vein", "disc", "cup", "lesions", *DIABETIC, "fov")
_SETTINGS = "synth.json"
_PNG = [cv2.IMWRITE_PNG_COMPRESSION, 1, cv2.IMWRITE_PNG_STRATEGY, cv2.IMWRITE_PNG_STRATEGY_RLE]


@dataclass(frozen=True)
class Settings:
    """What a generated data set depends on; `synth.json` records it."""

    count: int
    size: int
    seed: int
    cameras: list[str]
    abnormal_share: float
    dataset: str


def write_dataset(out: Path, settings: Settings, *, workers: int | None, overwrite: bool) -> Path:
    """Writes a data set and returns the path of its manifest, which is written last.

    Raises:
        ConfigError: The folder holds something already, or a setting is out of its range.
    """
    cameras_named(settings.cameras)
    if settings.count < 1:
        raise ConfigError(f"A data set of {settings.count} photographs is empty: give a count of 1 or more.")
    if workers is not None and workers < 1:
        raise ConfigError(f"{workers} workers cannot work: give 1 or more.")
    _enter(out, overwrite)
    for name in _FOLDERS:
        (out / name).mkdir()
    write_atomic(out / _SETTINGS, json.dumps(asdict(settings), indent=2) + "\n")
    rows = list(
        track(
            _rows(out, settings, workers),
            label="Generating photographs",
            total=settings.count,
            unit="photo",
        )
    )
    table = io.StringIO()
    writer = csv.DictWriter(table, fieldnames=list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    write_atomic(out / "manifest.csv", table.getvalue())
    return out / "manifest.csv"


def write_photograph(index: int, out: Path, settings: Settings) -> dict[str, str | int | float]:
    """Generates one photograph, writes it and its masks, and returns its row of the manifest."""
    photograph = generate(index, settings.seed, settings.size, settings.cameras, abnormal_share=settings.abnormal_share)
    name = f"{photograph.subject.patient}_{photograph.subject.eye}"
    quality = CAMERAS[photograph.camera].jpeg
    image = f"images/{name}.{'png' if quality is None else 'jpg'}"
    masks = {folder: f"{folder}/{name}.png" for folder in _FOLDERS[1:]}
    _write(
        out / image, photograph.image[..., ::-1], _PNG[:2] if quality is None else [cv2.IMWRITE_JPEG_QUALITY, quality]
    )
    plain = {"vessels": photograph.vessels, "disc": photograph.disc, "cup": photograph.cup, "fov": photograph.fov}
    for folder, mask in (plain | {code: photograph.lesion(kind) for code, kind in DIABETIC.items()}).items():
        _write(out / masks[folder], mask.astype(np.uint8) * 255, _PNG)
    _write_numbers(out / masks["artery_vein"], photograph.artery_vein, ARTERY_VEIN_PALETTE)
    _write_numbers(out / masks["lesions"], photograph.lesions, PALETTE)
    return {"image": image, **_facts(photograph, settings.dataset), **masks}


def _facts(photograph: GeneratedPhotograph, dataset: str) -> dict[str, str | int | float]:
    subject = photograph.subject
    return {
        "patient": subject.patient,
        "eye": subject.eye,
        "age": subject.age,
        "sex": subject.sex,
        "camera": photograph.camera,
        "dataset": dataset,
        "disease": subject.disease,
        **photograph.labels,
        "dr_grade": photograph.dr_grade,
        "cup_to_disc": round(photograph.cup_to_disc, 3),
        "true_fov_x": round(photograph.fov_x, 2),
        "true_fov_y": round(photograph.fov_y, 2),
        "true_fov_radius": round(photograph.fov_radius, 2),
    }


def _write(path: Path, image: Bytes, options: Sequence[int]) -> None:
    _, content = cv2.imencode(path.suffix, image, list(options))
    path.write_bytes(content.tobytes())  # unlike imwrite, says why a file cannot be written


def _write_numbers(path: Path, numbers: Bytes, palette: Sequence[tuple[int, int, int]]) -> None:
    indexed = Image.fromarray(numbers, mode="P")
    indexed.putpalette([value for colour in palette for value in colour])
    indexed.save(path, compress_level=1)


def _rows(out: Path, settings: Settings, workers: int | None) -> Iterator[dict[str, str | int | float]]:
    work = partial(write_photograph, out=out, settings=settings)
    asked = min(workers or cores(), settings.count)
    return ordered_map(work, range(settings.count), workers=worker_count(asked, settings.count))


def _enter(out: Path, overwrite: bool) -> None:
    """Makes the folder, or empties one that an earlier call wrote."""
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        if not overwrite:
            raise ConfigError(f"{out} exists and is not empty: give another --out, or --overwrite to replace it.")
        if not (out / _SETTINGS).is_file():
            raise ConfigError(
                f"{out} holds no {_SETTINGS}, so it was not written by fundusfm data synth: "
                "give another --out (nothing was changed)."
            )
        for name in _FOLDERS:
            shutil.rmtree(out / name, ignore_errors=True)
        (out / "manifest.csv").unlink(missing_ok=True)
    out.mkdir(parents=True, exist_ok=True)
