"""What documents say of structures: counts with a caution, and a picture with lines."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.structures.drawn import segmenter_of_shapes

from fundusfm.data.inputs.photograph import Photograph
from fundusfm.screening.documents.make import Writer
from fundusfm.screening.documents.structures import StructuresResult, structures_of
from fundusfm.screening.screener import Screener
from fundusfm.structures.findings import LOOK_FIRST, TOO_MANY

ROW = {"haemorrhages.count": 2, "hard_exudates.count": 0, "disc.found": 1, "artery_vein.avr": 0.684,
       "artery_vein.avr_reason": ""}  # fmt: skip


def test_a_row_in_words() -> None:
    found = structures_of(ROW)
    assert found is not None
    assert found.line == "Structures: haemorrhages 2, hard exudates 0, optic disc found, AVR 0.68."
    assert found.caution == f"{TOO_MANY} {LOOK_FIRST}"
    assert found.legend == "Outlined: optic disc white, haemorrhages green."


def test_what_was_not_found_or_not_measured_is_said() -> None:
    row = {**ROW, "disc.found": 0, "artery_vein.avr": None, "artery_vein.avr_reason": "there is no optic disc"}
    found = structures_of(row)
    assert found is not None and found.line.endswith("optic disc not found, no AVR (there is no optic disc).")
    assert found.caution == TOO_MANY
    assert structures_of({"image": "a.jpg", "disc.found": None}) is None
    assert StructuresResult({}, disc=True).caution == ""


def test_a_writer_draws_lines_around_lesions_and_disc(
    weights: str, photographs: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fundusfm.models.segmentation.load.load_segmenter", lambda *_, **__: segmenter_of_shapes())
    screener = Screener([weights], structures="drawn")
    photograph = Photograph("a.png", photographs[0].read_bytes())
    (row,) = screener.screen([photograph])
    writer = Writer.of(screener)
    found = writer.photograph(row, photograph).structures
    assert found is not None and found.picture is not None and found.picture.shape == (256, 256, 3)
    assert found.lesions == {"microaneurysms": 3, "haemorrhages": 2, "hard_exudates": 1, "soft_exudates": 0}
    white = (found.picture == 255).all(-1)
    assert white[:, 150:].any() and white[:, :110].any()  # around the disc, and around microaneurysms
    facts = writer.model().segmenter
    assert facts is not None and (facts.name, facts.sha256) == ("drawn", "d" * 64)
    counts = writer.photograph(row, photograph, pictures=False).structures
    assert counts == replace(found, picture=None)
    plain = Writer.of(Screener([weights]))
    assert plain.photograph(row, photograph, pictures=False).structures is None and plain.model().segmenter is None


def test_pictures_are_the_crop_itself_where_nothing_was_found(
    weights: str, photographs: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    segmenter = segmenter_of_shapes(labels=["soft_exudates"])
    monkeypatch.setattr("fundusfm.models.segmentation.load.load_segmenter", lambda *_, **__: segmenter)
    screener = Screener([weights], structures="drawn")
    photograph = Photograph("a.png", photographs[0].read_bytes())
    (row,) = screener.screen([photograph])
    found = Writer.of(screener).photograph(row, photograph).structures
    assert found is not None and found.picture is not None and found.legend == ""
    assert np.array_equal(found.picture, screener.prepare(photograph).squares[256])  # type: ignore[union-attr]
