"""Parts of a card."""

import pytest
from pydantic import ValidationError

from fundusfm.models.card.parts import NetworkPart


def test_a_part_has_a_size() -> None:
    given = {"decoder": "tiny", "architecture": "tiny", "labels": ["vessels"], "gives": ["vessels"], "hash": "0"}
    assert NetworkPart.model_validate({**given, "size": 64}).size == 64
    with pytest.raises(ValidationError):
        NetworkPart.model_validate({**given, "size": 0})
