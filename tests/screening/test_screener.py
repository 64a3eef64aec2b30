"""Photographs in, rows out: the same scores as `load`, refusals with reasons, ensembles and mirror images."""

import shutil
from pathlib import Path

import numpy as np
import pytest
import skimage.data
from tests.screening.pictures import disc, encode, no_fundus

import fundusfm
from fundusfm.data.inputs.photograph import Photograph
from fundusfm.errors import ConfigError, DecodeError
from fundusfm.models.trainable import load_bundle
from fundusfm.screening.prepare import Prepared
from fundusfm.screening.screener import Screener

_BLACK = "black frame"


@pytest.fixture(scope="module")
def screener(bundle: str) -> Screener:
    return Screener([bundle])


def _read(paths: list[Path]) -> list[Photograph]:
    return [Photograph(path.name, path.read_bytes()) for path in paths]


def test_scores_are_those_of_load(screener: Screener, bundle: str, photographs: list[Path]) -> None:
    rows = screener.screen(_read(photographs))
    expected = fundusfm.load(bundle).predict(photographs)
    assert [row["status"] for row in rows] == ["ok"] * len(photographs)
    for column in ("abnormal.score", "abnormal.probability", "abnormal.decision"):
        assert np.allclose([row[column] for row in rows], expected[column].astype(float), atol=2e-6)
    assert all(list(row) == screener.columns for row in rows)
    assert screener.columns == [
        "image", "refer", "why", "uncertain", "status", "reason", "quality", "abnormal.score", "abnormal.probability",
        "abnormal.decision", "abnormal.uncertain",
    ]  # fmt: skip


def test_decoded_pixels_are_screened_as_files_are(screener: Screener, photographs: list[Path]) -> None:
    from fundusfm.data.decode.image import decode

    pixels = Photograph("pixels", image=decode(photographs[0]).image)
    (one,), (two,) = screener.screen([pixels]), screener.screen(_read(photographs[:1]))
    assert {**one, "image": ""} == {**two, "image": ""}
    with pytest.raises(DecodeError, match=r"float32 pixels of shape \(4, 4, 3\); expected uint8"):
        Photograph("x", image=np.zeros((4, 4, 3), np.float32))  # type: ignore[arg-type]


@pytest.mark.parametrize("name", sorted(no_fundus().keys() - {_BLACK}))
@pytest.mark.parametrize("suffix", [".png", ".jpg"])
def test_what_is_no_fundus_photograph_is_refused(screener: Screener, name: str, suffix: str) -> None:
    (row,) = screener.screen([Photograph(name, encode(no_fundus()[name], suffix))])
    assert row["status"] == "not_fundus"
    assert row["reason"].startswith("not a colour fundus photograph: ")
    assert row["quality"] == 0
    assert row["abnormal.score"] is row["abnormal.probability"] is row["abnormal.decision"] is None


def test_a_black_frame_is_too_dark_to_tell(screener: Screener) -> None:
    (row,) = screener.screen([Photograph("x", image=no_fundus()[_BLACK])])
    assert (row["status"], row["reason"], row["quality"]) == ("ungradable", "too dark", 0)


def test_without_a_reference_the_pixels_decide(bundle: str, tmp_path: Path, photographs: list[Path]) -> None:
    shutil.copytree(bundle, tmp_path / "bundle")
    (tmp_path / "bundle" / "reference.safetensors").unlink()
    screener = Screener([str(tmp_path / "bundle")])
    rows = screener.screen([Photograph(name, image=image) for name, image in no_fundus().items() if name != _BLACK])
    assert {row["status"] for row in rows} == {"not_fundus"}
    assert {row["status"] for row in screener.screen(_read(photographs))} == {"ok"}


def test_a_real_fundus_photograph_is_none_of_those(screener: Screener) -> None:
    (row,) = screener.screen([Photograph("retina", image=skimage.data.retina())])
    assert (row["status"], row["reason"]) == ("ok", "")
    assert row["quality"] == 1


def test_an_unreadable_photograph_is_ungradable(screener: Screener) -> None:
    import cv2

    retina = cv2.resize(skimage.data.retina(), None, fx=1 / 3, fy=1 / 3, interpolation=cv2.INTER_AREA)
    blurred = disc(cv2.GaussianBlur(retina, (0, 0), 30))
    dark = (retina * 0.08).astype(np.uint8)
    white = np.clip(retina.astype(float) * 5, 0, 255).astype(np.uint8)
    rows = screener.screen([Photograph(str(n), image=image) for n, image in enumerate((blurred, dark, white))])
    assert [row["status"] for row in rows] == ["ungradable"] * 3, rows
    assert all(row["reason"] and row["abnormal.score"] is None and row["quality"] < 0.2 for row in rows)


def test_failed_rows_stand_among_the_others(screener: Screener, photographs: list[Path]) -> None:
    good = _read(photographs[:2])
    rows = screener.screen([good[0], Photograph("bad", b"no image"), good[1], Photograph("empty")])
    assert [row["status"] for row in rows] == ["ok", "failed", "ok", "failed"]
    assert [row["image"] for row in rows] == [good[0].name, "bad", good[1].name, "empty"]
    assert "not an image in a known format" in rows[1]["reason"]
    assert screener.screen([good[1]])[0] == rows[2]
    assert screener.screen([]) == []


def test_the_prepared_crop_leads_back_to_the_photograph(screener: Screener) -> None:
    photograph = screener.prepare(Photograph("retina", image=skimage.data.retina()))
    assert isinstance(photograph, Prepared)
    assert photograph.squares[64].shape == (64, 64, 3)
    assert (photograph.height, photograph.width) == skimage.data.retina().shape[:2]
    centre = photograph.crops[64].to_original(np.array([[32.0, 32.0]]))[0]
    assert np.allclose(centre, np.array(skimage.data.retina().shape[1::-1]) / 2, atol=40)


def test_tta_averages_four_orientations(bundle: str, photographs: list[Path]) -> None:
    from fundusfm.data.decode.image import decode

    plain, flipped = Screener([bundle]), Screener([bundle], tta=True)
    image = decode(photographs[3]).image
    four = [np.ascontiguousarray(view) for view in (image, image[:, ::-1], image[::-1], image[::-1, ::-1])]
    scores = [row["abnormal.score"] for row in plain.screen([Photograph("x", image=view) for view in four])]
    (row,) = flipped.screen([Photograph("x", image=image)])
    assert row["abnormal.score"] == pytest.approx(np.mean(scores), abs=5e-3)  # crops of mirrored files differ a little
    assert row["abnormal.score"] != scores[0]


def test_other_operating_points(bundle: str, photographs: list[Path]) -> None:
    threshold = load_bundle(bundle).card.operating_points["abnormal"]["specificity_0.95"].threshold
    for row in Screener([bundle], operating_point="specificity_0.95").screen(_read(photographs[:8])):
        assert row["abnormal.decision"] == int(row["abnormal.score"] >= threshold)
    with pytest.raises(ConfigError, match=r"--operating-point best is not stored .* sensitivity_0\.95"):
        Screener([bundle], operating_point="best")


def test_a_score_does_not_depend_on_what_is_scored_beside_it(bundle: str, photographs: list[Path]) -> None:
    screener = Screener([bundle])
    prepared = [screener.prepare(photograph) for photograph in _read(photographs[:5])]
    alone = [row for one in prepared for row in screener.screen_prepared([one])]
    assert screener.screen_prepared(prepared) == alone
