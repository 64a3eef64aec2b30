"""The crop to look at is finer than the network's."""

from pathlib import Path

import pytest

from fundusfm.data.inputs.photograph import Photograph
from fundusfm.errors import DecodeError
from fundusfm.screening.documents.views import view


def test_crop_is_square_and_fine(photographs: list[Path]) -> None:
    shown = view(Photograph("a", photographs[0].read_bytes()))
    assert shown.square.shape == (768, 768, 3)
    assert shown.circle
    with pytest.raises(DecodeError, match="notes is not an image"):
        view(Photograph("notes", b"no picture"))
