"""`fundusfm explain --lesions`: drawn and found lesions, further models, and what cannot be measured."""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest
from tests.structures.drawn import segmenter_of_shapes

import fundusfm
from fundusfm.errors import ConfigError, LabelError
from fundusfm.screening.explanations.lesions import BEFORE, outlines_text


@pytest.fixture
def drawn(manifest: Path, tmp_path: Path) -> Path:
    """Three generated photographs, two of them with masks of lesions in the middle."""
    photographs = sorted((manifest.parent / "images").iterdir())[:3]
    for photograph in photographs[:2]:
        height, width = cv2.imread(str(photograph)).shape[:2]
        mask = np.zeros((height, width), np.uint8)
        cv2.circle(mask, (width // 2, height // 2), height // 8, 255, -1)
        cv2.imwrite(str(tmp_path / f"{photograph.stem}_EX.png"), mask)
    rows = [
        {"image": str(photograph), "patient": str(number), "EX": "" if number == 2 else f"{photograph.stem}_EX.png"}
        for number, photograph in enumerate(photographs)
    ]
    pd.DataFrame(rows).to_csv(tmp_path / "lesions.csv", index=False)
    return tmp_path / "lesions.csv"


def test_heat_on_drawn_lesions_is_measured(weights: str, drawn: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    table = fundusfm.explain(
        weights=weights, data=str(drawn), label="dr", lesions=True, against=[f"other={weights}"], out=str(out)
    )
    measured = table[table["lesions.heat"].notna()]
    rows = pd.read_csv(out / "lesions.csv")
    own = rows[rows["map"] == "tiny"]
    assert measured["lesions.ratio"].tolist() == pytest.approx(own["ratio"].tolist())
    assert len(measured) <= 2 and (table["image"].iloc[2] not in set(rows["image"]))
    assert set(rows["map"]) <= {"tiny", f"tiny, {BEFORE}", "other"}
    # The same model by another name looks at the same places.
    assert rows[rows["map"] == "other"]["heat"].tolist() == own["heat"].tolist()
    assert pd.read_csv(out / "lesions_summary.csv")["map"].tolist() == rows["map"].drop_duplicates().tolist()
    said = (out / "log.txt").read_text(encoding="utf-8")
    assert "nan" not in said and "fewer than 10 patients: too few to rely on" in said


def test_lesions_may_be_found(weights: str, manifest: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fundusfm.models.segmentation.load.load_segmenter", lambda *_, **__: segmenter_of_shapes())
    photographs = sorted(map(str, (manifest.parent / "images").iterdir()))[:2]
    table = fundusfm.explain(weights=weights, paths=photographs, structures="drawn", out=str(tmp_path / "out"))
    areas = table["lesions.area"].dropna()
    assert areas.between(0.05, 0.5).all()


def test_lesions_are_outlined_on_the_pictures(weights: str, drawn: Path, tmp_path: Path) -> None:
    data: dict[str, object] = {"weights": weights, "data": str(drawn)}
    without = fundusfm.explain(**data, out=tmp_path / "without")  # type: ignore[arg-type]
    fundusfm.explain(**data, lesions=True, out=tmp_path / "with")  # type: ignore[arg-type]
    changed = [
        not np.array_equal(cv2.imread(str(tmp_path / "with" / name)), cv2.imread(str(tmp_path / "without" / name)))
        for name in without["overlay"]
    ]
    assert any(changed)


def test_the_words_name_what_is_outlined() -> None:
    some, none = np.ones((2, 2), bool), np.zeros((2, 2), bool)
    assert outlines_text({"microaneurysms": some, "haemorrhages": none}) == "outlined: microaneurysms white"
    assert outlines_text({"haemorrhages": none}) == outlines_text({}) == ""


def test_what_cannot_be_measured_is_refused(
    weights: str, manifest: Path, drawn: Path, tmp_path: Path, make_bundle: Callable[[list[str]], str]
) -> None:
    def explain(**options: object) -> None:
        fundusfm.explain(weights=weights, out=str(tmp_path / "out"), **options)  # type: ignore[arg-type]

    photographs = [str(manifest.parent / "images")]
    plain = tmp_path / "plain.csv"
    plain.write_text(f"image\n{next((manifest.parent / 'images').iterdir())}\n", encoding="utf-8", newline="\n")
    for options, sentence in (
        ({"paths": photographs, "lesions": True}, "needs a manifest"),
        ({"data": str(plain), "lesions": True}, "names no lesion mask"),
        ({"data": str(drawn), "against": [weights]}, "give --lesions"),
        ({"data": str(drawn), "lesions": True, "structures": "light"}, "give one of them"),
        ({"data": str(drawn), "lesions": True, "tolerance": 0.5}, "between 0 and"),
        ({"data": str(drawn), "lesions": True, "against": [f"tiny={weights}"]}, "Two models are called tiny"),
    ):
        with pytest.raises(ConfigError, match=sentence):
            explain(**options)
    with pytest.raises(LabelError, match="has no label 'dr'"):
        explain(data=str(drawn), lesions=True, label="dr", against=[make_bundle(["abnormal"])])
    assert not (tmp_path / "out").exists()
