"""What names a repository."""

import pytest

from fundusfm.errors import ConfigError
from fundusfm.models.hub.address import Repository, is_hub, parse_hub


def test_names() -> None:
    assert parse_hub("hf:eye/light") == Repository("eye/light", None)
    assert parse_hub("hf:YukunZhou/RETFound_mae@v1.0") == Repository("YukunZhou/RETFound_mae", "v1.0")
    assert parse_hub("hf:a/b@refs/pr/1").revision == "refs/pr/1"
    assert is_hub("hf:eye/light") and not is_hub("eye/light")


@pytest.mark.parametrize("text", ["hf:", "hf:eye", "hf:eye/light/more", "hf:eye/light@", "hf:eye/li ght"])
def test_what_is_none(text: str) -> None:
    with pytest.raises(ConfigError, match="hf:OWNER/REPO"):
        parse_hub(text)
