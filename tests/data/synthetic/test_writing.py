import csv
import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from fundusfm.commands.data import synth
from fundusfm.data.synthetic.lesions.diseases import DISEASES, LESIONS
from fundusfm.data.synthetic.photograph import generate
from fundusfm.data.synthetic.writing import DIABETIC
from fundusfm.errors import ConfigError
from fundusfm.models.segmentation.structures import MASKS
from fundusfm.structures.photographs import read_structures


def _rows(folder: Path) -> list[dict[str, str]]:
    with (folder / "manifest.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def test_writes_photographs_masks_and_manifest_that_agree(tmp_path: Path) -> None:
    synth(out=str(tmp_path), count=8, size=96, seed=2, workers=1, abnormal_share=0.9, dataset="made")
    rows = _rows(tmp_path)
    assert len(rows) == 8 and len({row["patient"] for row in rows}) == 4
    assert list(rows[0])[:8] == ["image", "patient", "eye", "age", "sex", "camera", "dataset", "disease"]
    for index, row in enumerate(rows):
        expected = generate(index, 2, 96, abnormal_share=0.9)
        assert row["dataset"] == "made" and row["disease"] == expected.subject.disease
        lesions = np.asarray(Image.open(tmp_path / row["lesions"]))
        assert np.array_equal(lesions, expected.lesions)
        for number, kind in enumerate(LESIONS, start=1):
            assert row[kind] == str(int((lesions == number).any()))
        assert {row[name] for name in DISEASES} <= {"0", "1"}
        image = cv2.imread(str(tmp_path / row["image"]))
        masks = {"vessels": expected.vessels, "disc": expected.disc, "cup": expected.cup, "fov": expected.fov}
        for column, mask in (masks | {code: expected.lesion(kind) for code, kind in DIABETIC.items()}).items():
            assert np.array_equal(cv2.imread(str(tmp_path / row[column]), cv2.IMREAD_UNCHANGED), mask * np.uint8(255))
        assert np.abs(image[..., ::-1].astype(int) - expected.image).mean() < 4


def test_the_segmenter_reads_every_mask(tmp_path: Path) -> None:
    manifest = synth(out=str(tmp_path), count=6, size=96, seed=2, workers=1, abnormal_share=1.0)
    images = read_structures(str(manifest), labels=MASKS, select=None, need_masks=True, log=print)
    some = set()
    for index, image in enumerate(images):
        expected, loaded = generate(index, 2, 96, abnormal_share=1.0), image.load()
        assert set(loaded.drawn) == set(MASKS)
        assert np.array_equal(loaded.drawn["arteries"], expected.arteries & ~expected.veins)
        assert np.array_equal(loaded.known["veins"], ~(expected.arteries & expected.veins))
        assert np.array_equal(loaded.drawn["soft_exudates"], expected.lesion("cotton_wool_spots"))
        some |= {name for name, mask in loaded.drawn.items() if mask.any()}
    assert {"microaneurysms", "haemorrhages", "hard_exudates", "disc"} <= some


def test_count_and_workers_do_not_change_a_photograph(tmp_path: Path) -> None:
    synth(out=str(tmp_path / "few"), count=2, size=64, seed=4, workers=1)
    synth(out=str(tmp_path / "many"), count=3, size=64, seed=4, workers=2)
    few, many = _rows(tmp_path / "few"), _rows(tmp_path / "many")
    assert few == many[:2]
    for row in few:
        for column in ("image", "vessels", "artery_vein", "disc", "lesions", "MA", "fov"):
            assert (tmp_path / "few" / row[column]).read_bytes() == (tmp_path / "many" / row[column]).read_bytes()


def test_a_folder_in_use_is_refused_and_only_its_own_is_replaced(tmp_path: Path) -> None:
    synth(out=str(tmp_path), count=1, size=64, workers=1)
    with pytest.raises(ConfigError, match="--overwrite"):
        synth(out=str(tmp_path), count=1, size=64, workers=1)
    synth(out=str(tmp_path), count=2, size=64, workers=1, overwrite=True)
    assert len(_rows(tmp_path)) == 2 and json.loads((tmp_path / "synth.json").read_text())["count"] == 2
    (tmp_path / "synth.json").unlink()
    with pytest.raises(ConfigError, match="nothing was changed"):
        synth(out=str(tmp_path), count=2, size=64, workers=1, overwrite=True)
    assert len(_rows(tmp_path)) == 2


@pytest.mark.parametrize("arguments", [{"count": 0}, {"workers": 0}, {"cameras": ["mine"]}])
def test_impossible_arguments_leave_no_folder(tmp_path: Path, arguments: dict[str, object]) -> None:
    with pytest.raises(ConfigError):
        synth(**{"out": str(tmp_path / "new"), **arguments})
    assert not (tmp_path / "new").exists()
