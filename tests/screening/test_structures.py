"""Structures beside a screening: columns, refusals, one decoding, and the same from Python."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tests.structures.drawn import segmenter_of_shapes

import fundusfm
from fundusfm.data.inputs.photograph import Photograph
from fundusfm.errors import WeightsError
from fundusfm.models.segmentation.structures import LESIONS
from fundusfm.screening import prepare
from fundusfm.screening.screener import Screener
from fundusfm.screening.show import row_text
from fundusfm.structures.finder import AVR, AVR_REASON, cautions, structures_text, with_size
from fundusfm.structures.findings import LOOK_FIRST, TOO_MANY

COUNTS = [f"{lesion}.count" for lesion in LESIONS]


@pytest.fixture
def _drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fundusfm.models.segmentation.load.load_segmenter", lambda *_, **__: segmenter_of_shapes())


@pytest.mark.usefixtures("_drawn")
def test_the_table_says_what_was_found(weights: str, photographs: list[Path], tmp_path: Path) -> None:
    (tmp_path / "cut.jpg").write_bytes(b"\xff\xd8\xff")
    out = tmp_path / "results.csv"
    paths = [str(photographs[0]), str(tmp_path / "cut.jpg")]
    table = fundusfm.predict(paths=paths, weights=weights, structures="drawn", out=str(out))
    assert table.loc[0, COUNTS].tolist() == [3, 2, 1, 0] and table.loc[0, "disc.found"] == 1
    assert table.loc[1, [*COUNTS, "disc.found"]].isna().all()  # nothing is known of what was not looked at
    assert set(table["structures_sha256"]) == {"d" * 64} and set(table["structures_model"]) == {"drawn"}
    assert table.dtypes["haemorrhages.count"] == "Int64" and table.dtypes["artery_vein.avr"] == "Float64"
    assert pd.isna(table.loc[0, "artery_vein.avr"]) and "needed" in table.loc[0, "artery_vein.avr_reason"]
    again = fundusfm.predict(paths=paths, weights=weights, structures="drawn", out=str(out), resume=True)
    pd.testing.assert_frame_equal(again[COUNTS], table[COUNTS])
    plain = fundusfm.predict(paths=paths, weights=weights)
    assert not set(COUNTS) & set(plain.columns)
    pd.testing.assert_frame_equal(plain, table[plain.columns])


@pytest.mark.usefixtures("_drawn")
def test_python_gives_the_same(weights: str, photographs: list[Path]) -> None:
    model = fundusfm.load(weights, structures="drawn")
    assert model.predict(photographs[:1])[COUNTS].iloc[0].tolist() == [3, 2, 1, 0]


@pytest.mark.usefixtures("_drawn")
def test_a_photograph_is_decoded_once(weights: str, photographs: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    made = []

    class Counted(prepare.Decoder):
        def __init__(self, photograph: Photograph) -> None:
            made.append(photograph.name)
            super().__init__(photograph)

    monkeypatch.setattr(prepare, "Decoder", Counted)
    screener = Screener([weights], structures="drawn")
    assert screener.sizes == with_size(screener.ensemble.sizes, screener.structures) == [64, 256]
    (row,) = screener.screen([Photograph("one.png", photographs[0].read_bytes())])
    assert made == ["one.png"]
    assert structures_text(row) == (
        "microaneurysms 3, haemorrhages 2, hard exudates 1, soft exudates 0, optic disc found, vessels "
        f"{row['vessels.share']:.1%} of the field of view, no AVR ({row[AVR_REASON]})"
    )
    assert cautions(row) == [TOO_MANY] and cautions(row | {AVR: 0.6}) == [TOO_MANY, LOOK_FIRST]
    assert f"  {TOO_MANY}" in row_text(row, ["abnormal", "dr"], {})


@pytest.mark.usefixtures("_drawn")
def test_what_is_refused_has_none(weights: str) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (200, 200, 3), np.uint8)
    (row,) = Screener([weights], structures="drawn").screen([Photograph("noise", image=noise)])
    assert row["status"] == "not_fundus" and row["haemorrhages.count"] is row["disc.found"] is None
    assert structures_text(row) == "" and cautions(row) == []


def test_a_classifier_is_no_segmenter(weights: str) -> None:
    with pytest.raises(WeightsError, match="no segmenter"):
        Screener([weights], structures=weights)
