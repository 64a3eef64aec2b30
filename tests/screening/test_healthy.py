"""Which labels are good news."""

import pytest

from fundusfm.screening.healthy import means_healthy


@pytest.mark.parametrize(
    ("label", "healthy"),
    [("N", True), ("Normal", True), ("No DR", True), ("abnormal", False), ("D", False), ("NPDR", False)],
)
def test_labels(label: str, healthy: bool) -> None:
    assert means_healthy(label) is healthy
