"""The table tells rates, the ratio, its spread and the machine."""

from benchmarks.interleave import Timing
from benchmarks.table import Row, markdown, timed_row


def test_rates_come_from_medians_and_the_spread_from_turns() -> None:
    row = timed_row("prepare", "work", Timing([1.0, 2.0, 1.0], [4.0, 4.0, 4.0]), items=8, unit="images/s", target="3.5")
    assert (row.ours, row.usual, row.ratio, row.spread) == ("8 images/s", "2 images/s", "4.00", "2.00 to 4.00")


def test_every_row_has_as_many_cells_as_the_header() -> None:
    lines = markdown([Row("start-up", "import", "0.2 s", target="0.5 s")]).splitlines()
    assert "cores" in lines[0]
    assert {line.count("|") for line in lines[2:]} == {9}
