"""What may be called a photograph in Python."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fundusfm.data.inputs.photograph import Photograph
from fundusfm.errors import ConfigError
from fundusfm.screening.named import list_photographs


def test_paths_images_arrays_and_mixtures(photographs: list[Path]) -> None:
    picture = Image.new("L", (20, 10), 90)
    pixels = np.zeros((10, 20, 3), np.uint8)
    named = Photograph("own name", image=pixels)
    found = list_photographs([photographs[0], picture, pixels, named, str(photographs[1])])
    assert [one.name for one in found] == [str(photographs[0]), "image 2", "image 3", "own name", str(photographs[1])]
    grey = found[1]
    assert isinstance(grey, Photograph) and grey.image is not None
    assert grey.image.shape == (10, 20, 3)
    assert [one.name for one in list_photographs(np.stack([pixels, pixels]))] == ["image 1", "image 2"]
    assert len(list_photographs(str(photographs[0].parent))) == len(photographs)


def test_nothing_else(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="There is nothing at"):
        list_photographs(tmp_path / "absent.jpg")
    (tmp_path / "there.jpg").write_bytes(b"content")
    assert len(list_photographs([tmp_path / "absent.jpg", tmp_path / "there.jpg"])) == 2
    with pytest.raises(ConfigError, match="Photograph 2 is dict"):
        list_photographs([np.zeros((2, 2, 3), np.uint8), {}])  # type: ignore[list-item]
