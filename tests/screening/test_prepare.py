"""A photograph becomes crops, geometry and evidence; a fault of the file becomes a reason."""

from pathlib import Path

import cv2
import numpy as np
import pytest
import skimage.data

from fundusfm.data.fov.crop import Crop
from fundusfm.data.inputs.photograph import Photograph
from fundusfm.data.store.convert import crop_bytes
from fundusfm.screening.gates.evidence import SIDE
from fundusfm.screening.prepare import Prepared, Unreadable, prepare


def test_crops_are_those_of_a_store(photographs: list[Path]) -> None:
    content = photographs[0].read_bytes()
    found = prepare(Photograph("a", content), [64, 96])
    assert isinstance(found, Prepared)
    assert set(found.squares) == set(found.crops) == {64, 96}
    for size, square in found.squares.items():
        crop, height, width, _ = crop_bytes(content, "a", size)
        np.testing.assert_array_equal(square, crop)
        assert (found.height, found.width) == (height, width)


@pytest.mark.parametrize("sizes", [[], [32], [384]])
def test_evidence_hardly_depends_on_the_network(sizes: list[int]) -> None:
    found = prepare(Photograph("a", image=skimage.data.retina()), sizes)
    reference = prepare(Photograph("a", image=skimage.data.retina()), [SIDE])
    assert isinstance(found, Prepared) and isinstance(reference, Prepared)
    assert found.evidence.sharpness == pytest.approx(reference.evidence.sharpness, rel=0.1)
    assert found.evidence.diameter == reference.evidence.diameter


def test_faults_are_reasons(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "not an image in a known format" in _reason(Photograph("a", b"no picture"))

    def refuse(*_: object, **__: object) -> None:
        raise cv2.error("no memory")

    monkeypatch.setattr(Crop, "apply", refuse)
    assert "cannot be cropped" in _reason(Photograph("a", image=skimage.data.retina()))


def _reason(photograph: Photograph) -> str:
    found = prepare(photograph, [64])
    assert isinstance(found, Unreadable)
    return found.reason
