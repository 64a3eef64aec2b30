"""Numbers as a reader sees them."""

import pytest

from fundusfm.models.card.results import NAN, Estimate
from fundusfm.report import text


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        (Estimate(0.9123, std=0.0131), "0.912 ± 0.013"),
        (Estimate(0.5), "0.500"),
        (Estimate(0.7, std=NAN), "0.700"),
        (Estimate(NAN), "–"),
        (None, "–"),
    ],
)
def test_estimate(cell: Estimate | None, shown: str) -> None:
    assert text.estimate(cell) == shown


def test_interval_needs_both_ends() -> None:
    assert text.interval(Estimate(0.1, -0.1, 0.25)) == "[−0.100, 0.250]"
    assert text.interval(Estimate(0.1, NAN, 0.25)) == ""


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (4.04, "4.0 s"),
        (59.4, "59 s"),
        (200, "3 min 20 s"),
        (3900, "1 h 05 min"),
        (None, "–"),
    ],
)
def test_duration(seconds: float | None, shown: str) -> None:
    assert text.duration(seconds) == shown


def test_names() -> None:
    assert text.metric_name("sensitivity@specificity_0.95") == "Sensitivity at specificity ≥ 0.95"
    assert text.metric_name("auroc") == "AUROC"
    assert text.p_value(0.0004) == "< 0.001"
    assert text.number(0.25, signed=True) == "+0.250"


@pytest.mark.parametrize(
    ("item", "shown"),
    [
        (True, "yes"),
        ([], "–"),
        (["a", "b"], "a, b"),
        ({"x": 0.10}, "x: 0.1"),
        (3, "3"),
    ],
)
def test_plain_values(item: object, shown: str) -> None:
    assert text.value(item) == shown


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("M\udcfcller", "M\\xfcller"),
        ("red\x1b[31m", "red\\x1b[31m"),
        ("\ud800", "\\ud800"),
        ("眼底 é\n", "眼底 é\n"),
    ],
)
def test_names_become_drawable(name: str, shown: str) -> None:
    assert text.drawable(name) == shown
    text.drawable(name).encode()


def test_long_names_are_cut() -> None:
    assert text.short("abcdef", 6) == "abcdef"
    assert text.short("abcdefg", 6) == "abcde…"
