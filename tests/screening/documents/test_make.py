"""From a screening's rows to results: what was decided, with a picture, and evidence where something was found."""

from pathlib import Path

import pytest

from fundusfm.data.inputs.photograph import Photograph
from fundusfm.screening.documents.make import Writer
from fundusfm.screening.screener import Screener


@pytest.fixture(scope="module")
def screener() -> Screener:
    return Screener(["light"])


def test_a_photograph_has_verdict_picture_and_labels(screener: Screener, photographs: list[Path]) -> None:
    writer = Writer.of(screener)
    photograph = Photograph("a.png", photographs[0].read_bytes())
    (row,) = screener.screen([photograph])
    found = writer.photograph({**row, "status": "ok", "quality": 0.9} | _scores(row), photograph, eye="left")
    assert found.refer == "yes" and found.labels[0].found and found.labels[0].name == "Glaucoma"
    assert found.view is not None and found.evidence is not None and found.evidence.name == "Glaucoma"
    assert found.trace.sha256 is not None and found.reference is None and found.eye == "left"
    assert found.labels[-1].healthy and found.labels[-1].threshold is None
    model = writer.model()
    assert model.name == "light" and model.point == "referral" and len(model.digest) == 64 and model.limits


def test_a_file_that_cannot_be_read_has_its_advice(screener: Screener) -> None:
    photograph = Photograph("a.png", b"nothing")
    (row,) = screener.screen([photograph])
    found = Writer.of(screener).photograph(row, photograph)
    assert (found.refer, found.view, found.quality, list(found.labels)) == ("", None, None, [])
    assert found.advice


def _scores(row: dict[str, object]) -> dict[str, float]:
    return {name: 0.99 if name.startswith("G.") else 0.01 for name in row if name.endswith((".score", ".probability"))}
