"""Camera styles by name."""

import pytest

from fundusfm.data.synthetic.camera.cameras import CAMERAS, cameras_named
from fundusfm.errors import ConfigError


def test_all_or_those_that_are_named() -> None:
    assert cameras_named(None) == list(CAMERAS)
    assert cameras_named(["wide", "clinic"]) == ["wide", "clinic"]


@pytest.mark.parametrize(("names", "said"), [(["mine"], "No camera is called 'mine'"), ([], "No camera was named")])
def test_others_are_refused_with_the_list(names: list[str], said: str) -> None:
    with pytest.raises(ConfigError, match=f"{said}.*clinic"):
        cameras_named(names)
