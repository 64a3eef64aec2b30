"""Options out of range are refused by name."""

import pytest

from fundusfm.config.fit import FitSettings
from fundusfm.errors import ConfigError


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("epochs", 0),
        ("batch_size", 0),
        ("learning_rate", 0.0),
        ("layer_decay", 1.5),
        ("ema_decay", 0.0),
        ("patience", -1),
    ],
)
def test_value_out_of_range(name: str, value: float) -> None:
    options = {"epochs": 1, "batch_size": 1, "learning_rate": 0.1, name: value}
    with pytest.raises(ConfigError, match=f"--{name.replace('_', '-')} is"):
        FitSettings(**options)  # type: ignore[arg-type]
