"""From weights to a service."""

import pytest

from fundusfm.errors import ConfigError, WeightsError
from fundusfm.server.load import load_service


def test_a_service_knows_bundles_and_thresholds(bundle: str) -> None:
    service = load_service([bundle, bundle], tta=False, operating_point="screening")
    assert [card.name for card in service.cards] == ["tiny", "tiny"]
    assert service.sizes == [64]
    point = service.point("abnormal")
    assert point is not None and (point.name, point.threshold) == ("screening", 0.1)


def test_what_cannot_be_served(bundle: str) -> None:
    with pytest.raises(WeightsError):
        load_service(["nowhere"], tta=False, operating_point="youden")
    with pytest.raises(ConfigError, match="have: screening, youden"):
        load_service([bundle], tta=False, operating_point="best")
