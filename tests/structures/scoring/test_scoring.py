"""A run's scores: tables, curves, overlays and sheets from photographs and probability maps."""

import dataclasses
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fundusfm.errors import EvaluationError
from fundusfm.evaluation.table import CV
from fundusfm.models.segmentation.structures import LESIONS, MASKS
from fundusfm.structures.photographs import LoadedStructures, StructureImage, read_structures
from fundusfm.structures.scoring.scoring import SegmentScoring, _overlay_stem

HALF = {"vessels": 0.5}


def probability(loaded: LoadedStructures, seed: int) -> dict[str, np.ndarray]:
    """A noisy map of the drawn vessels."""
    rng = np.random.default_rng(seed)
    logit = 4.0 * loaded.drawn["vessels"] - 2.0 + rng.normal(size=loaded.drawn["vessels"].shape)
    return {"vessels": (1 / (1 + np.exp(-logit))).astype(np.float32)}


@pytest.fixture(scope="module")
def images(manifest: Path) -> list[StructureImage]:
    return read_structures(str(manifest), select=None, need_masks=True, log=print)[:8]


@pytest.fixture(scope="module")
def scored(images: list[StructureImage], tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, object]]:
    folder = tmp_path_factory.mktemp("scored")
    scoring = SegmentScoring(folder)
    for place, image in enumerate(images):
        loaded = image.load()
        fold = place // 2 % 2 if place < 4 else -1
        scoring.add(
            CV if place < 4 else "ours",
            image,
            loaded,
            probability(loaded, place),
            thresholds=HALF,
            pieces={},
            fold=fold,
        )
    return folder, scoring.finish(seed=0)


def test_metrics_follow_the_contract(scored: tuple[Path, dict]) -> None:
    _, metrics = scored
    assert metrics.external["ours"]["vessels"]["dice"].folds is None
    assert len(metrics.cv["vessels"]["dice"].folds) == 2
    assert metrics.external["ours"]["vessels"]["auroc_pooled"].value > 0.95
    assert metrics.second_observer == {}


def test_an_overlay_is_called_like_its_file_and_not_by_a_path_of_this_disk(images: list[StructureImage]) -> None:
    image = dataclasses.replace(images[0], dataset="ours", row=7, name="/disk/of/mine/eye 1.jpg")
    assert _overlay_stem(image) == "ours-7-eye-1"
    assert _overlay_stem(dataclasses.replace(image, name="a/eye.jpg")) == "ours-a-eye"


def test_a_row_for_every_photograph_with_its_overlay(scored: tuple[Path, dict], images: list[StructureImage]) -> None:
    folder, metrics = scored
    rows = pd.read_parquet(folder / "images.parquet")
    assert rows["image"].tolist() == [image.name for image in images]
    assert all((folder / path).is_file() for path in rows["overlay"]) and rows["overlay"].is_unique
    ours = rows[rows["set"] == "ours"]
    assert metrics.external["ours"]["vessels"]["dice"].value == pytest.approx(ours["dice"].mean())
    assert sorted(path.name for path in (folder / "sheets").iterdir()) == ["cv-vessels.png", "ours-vessels.png"]


def test_curves_run_from_one_corner_to_the_other(scored: tuple[Path, dict]) -> None:
    folder, _ = scored
    for _, curve in pd.read_parquet(folder / "curves.parquet").groupby("set"):
        assert 100 < len(curve) <= 402
        assert curve["sensitivity"].iloc[0] < 0.05 and curve["sensitivity"].iloc[-1] == 1
        assert curve["specificity"].iloc[-1] == 0 and curve["prevalence"].between(0.02, 0.3).all()


def test_the_second_observer_is_scored_the_same_way(images: list[StructureImage], tmp_path: Path) -> None:
    loaded = images[0].load()
    second = dataclasses.replace(loaded, second_observer=loaded.drawn["vessels"])
    scoring = SegmentScoring(tmp_path)
    scoring.add("ours", images[0], second, probability(loaded, 0), thresholds=HALF, pieces={})
    assert scoring.finish(seed=0).second_observer["ours"]["vessels"]["dice"].value == 1


def test_every_structure_has_its_own_metrics_curves_and_sheet(manifest: Path, tmp_path: Path) -> None:
    images = read_structures(
        str(manifest), labels=MASKS, select="diabetic_retinopathy == 1", need_masks=True, log=print
    )[:4]
    scoring = SegmentScoring(tmp_path)
    for place, image in enumerate(images):
        loaded = image.load()
        if place == 0:  # unknown, not absent
            loaded = dataclasses.replace(loaded, drawn={name: loaded.drawn[name] for name in ("disc", "vessels")})
        perfect = {name: loaded.drawn.get(name, loaded.fov).astype(np.float32) for name in MASKS}
        scoring.add("ours", image, loaded, perfect, thresholds=dict.fromkeys(MASKS, 0.5), pieces={})
    cells = scoring.finish(seed=0).external["ours"]
    assert list(cells) == ["vessels", "disc", *LESIONS, "artery_vein"]
    assert [own["n"].value for own in cells.values()] == [4, 4, 3, 3, 3, 3, 3]
    assert cells["disc"]["centre_error"].value == 0 and cells["disc"]["centre_within_half"].value == 1
    assert cells["artery_vein"]["auroc"].value == 1
    assert cells["artery_vein"]["found"].value > 0.97  # drawn dashes are no vessels
    drawn = [label for label in LESIONS if not np.isnan(cells[label]["dice"].value)]
    assert drawn and all(cells[label]["auprc_pooled"].value == cells[label]["dice"].value == 1 for label in drawn)
    assert all(cells[label]["false_positives"].value == 0 for label in LESIONS)
    curves = pd.read_parquet(tmp_path / "curves.parquet")
    assert set(curves["label"]) == {"vessels", "disc", "artery_vein", *drawn}
    assert (tmp_path / "sheets" / "ours-artery_vein.png").is_file()
    assert len(list((tmp_path / "overlays" / "hard_exudates").rglob("*.jpg"))) == 3


def test_names_cannot_leave_the_folder(images: list[StructureImage], tmp_path: Path) -> None:
    image = images[0]
    away = StructureImage("../../away.png", 2, "a/b", "", image.manifest, image.image, image.masks)
    scoring = SegmentScoring(tmp_path / "run")
    (tmp_path / "run").mkdir()
    loaded = away.load()
    scoring.add("..", away, loaded, probability(loaded, 0), thresholds=HALF, pieces={})
    scoring.finish(seed=0)
    assert {path.name for path in tmp_path.iterdir()} == {"run"}
    assert len(list((tmp_path / "run").rglob("*.jpg"))) == 1


def test_nothing_to_score_is_said(images: list[StructureImage], tmp_path: Path) -> None:
    with pytest.raises(EvaluationError, match="No photograph was scored"):
        SegmentScoring(tmp_path).finish(seed=0)
    loaded = images[0].load()
    bare = dataclasses.replace(loaded, drawn={})
    with pytest.raises(EvaluationError, match="row 2: there is no mask of vessels to compare"):
        SegmentScoring(tmp_path).add("ours", images[0], bare, probability(loaded, 0), thresholds=HALF, pieces={})
