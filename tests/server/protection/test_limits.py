"""Bounds are checked before anything is loaded."""

import pytest

from fundusfm.config.serve import ServeConfig
from fundusfm.errors import ConfigError
from fundusfm.server.protection.limits import Limits


def test_units() -> None:
    limits = Limits(megabytes=1.5, megapixels=2)
    assert (limits.bytes, limits.pixels) == (1_500_000, 2_000_000)


@pytest.mark.parametrize(
    ("name", "option"),
    [
        ("megabytes", "--max-megabytes"),
        ("files", "--max-files"),
        ("megapixels", "--max-megapixels"),
        ("seconds", "--timeout"),
        ("queue", "--queue"),
        ("batch", "--batch-size"),
    ],
)
def test_a_bound_must_be_positive(name: str, option: str) -> None:
    with pytest.raises(ConfigError, match=f"{option} is 0"):
        Limits(**{name: 0})


def test_a_full_request_fits_the_queue() -> None:
    with pytest.raises(ConfigError, match="would never fit"):
        Limits(files=8, queue=4)


def test_options_set_every_bound() -> None:
    assert Limits.of(ServeConfig()) == Limits()
    limits = Limits.of(ServeConfig(max_files=2, timeout=5, decode_timeout=3))
    assert (limits.files, limits.seconds, limits.decode_seconds, limits.queue) == (2, 5, 3, 256)
