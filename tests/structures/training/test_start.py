"""Options of a segmenter's training that contradict each other, and what it starts from."""

from typing import Any

import pytest

from fundusfm.config.segment import SegmentTrainConfig
from fundusfm.errors import ConfigError
from fundusfm.structures.training.start import check_names, check_options, start_segmenter


def _config(**options: Any) -> SegmentTrainConfig:
    return SegmentTrainConfig(data=["manifest.csv"], out="run", **options)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"size": 8}, "--size is 8"),
        ({"patch": 33}, "--patch is 33"),
        ({"patches": 0}, "--patches is 0"),
        ({"folds": 1}, "--folds is 1"),
        ({"folds": 2, "protocol": "drive"}, "leave --folds out"),
        ({"fraction": 0.0}, "--fraction is 0"),
        ({"encoder_rate": 0.0}, "--encoder-rate is 0"),
        ({"decoder": "tiny", "weights": "light"}, "has no backbone"),
        ({"decoder": "tiny", "method": "LF"}, "has no encoder"),
    ],
    ids=lambda value: "" if isinstance(value, str) else "-".join(value),
)
def test_contradictions_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        check_options(_config(**options))


def test_external_sets_have_names_of_their_own() -> None:
    check_names(["drive"], ["stare"])
    for name in ("drive", "cv"):
        with pytest.raises(ConfigError, match=f"a set called {name} is there already"):
            check_names(["drive"], [name])


def test_the_tiny_network_starts_from_its_seed() -> None:
    lines: list[str] = []
    one, same, other = (start_segmenter(_config(decoder="tiny", seed=seed), log=lines.append) for seed in (0, 0, 1))
    weights = [next(iter(start.network.parameters())) for start in (one, same, other)]
    assert weights[0].equal(weights[1]) and not weights[0].equal(weights[2])
    assert one.card.strategy == "scratch" and one.card.size == 768
