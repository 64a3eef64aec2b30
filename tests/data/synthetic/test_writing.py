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
from fundusfm.errors import ConfigError


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
        for column in ("vessels", "disc", "fov"):
            assert cv2.imread(str(tmp_path / row[column]), cv2.IMREAD_UNCHANGED).shape == image.shape[:2]
        assert np.array_equal(cv2.imread(str(tmp_path / row["vessels"]), cv2.IMREAD_UNCHANGED) > 0, expected.vessels)
        assert np.abs(image[..., ::-1].astype(int) - expected.image).mean() < 4


def test_count_and_workers_do_not_change_a_photograph(tmp_path: Path) -> None:
    synth(out=str(tmp_path / "few"), count=2, size=64, seed=4, workers=1)
    synth(out=str(tmp_path / "many"), count=3, size=64, seed=4, workers=2)
    few, many = _rows(tmp_path / "few"), _rows(tmp_path / "many")
    assert few == many[:2]
    for row in few:
        for column in ("image", "vessels", "disc", "lesions", "fov"):
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
