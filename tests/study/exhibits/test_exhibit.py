"""Tables and figures as files."""

from pathlib import Path

import pandas as pd

from fundusfm.report.style import new_figure
from fundusfm.report.tables import PageCell, PageTable, row_header
from fundusfm.study.exhibits.exhibit import Exhibit, markdown


def _table() -> PageTable:
    table = PageTable("A caption.", ["Strategy", "AUROC"], legend="A legend.")
    note = table.note("only one class")
    table.rows = [
        [row_header("scratch"), PageCell("–", note=note)],
        [row_header("a|b"), PageCell("0.900", "[0.850, 0.950]", best=True)],
    ]
    return table


def test_a_table_as_markdown() -> None:
    assert markdown(_table()).splitlines() == [
        "A caption.",
        "",
        "| Strategy | AUROC |",
        "| --- | --- |",
        "| scratch | – (1) |",
        "| a\\|b | **0.900** [0.850, 0.950] |",
        "",
        "1. only one class",
        "A legend.",
    ]


def test_a_table_is_written_as_csv_markdown_and_html(tmp_path: Path) -> None:
    numbers = pd.DataFrame({"strategy": ["scratch"], "value": [0.9]})
    Exhibit("table-2", "Table 2", numbers, table=_table()).write(tmp_path)
    assert (tmp_path / "tables" / "table-2.csv").read_text() == "strategy,value\nscratch,0.9\n"
    assert "0.850" in (tmp_path / "tables" / "table-2.html").read_text(encoding="utf-8")
    assert (tmp_path / "tables" / "table-2.md").read_text(encoding="utf-8").startswith("### Table 2")


def test_a_figure_is_written_as_png_svg_and_its_numbers(tmp_path: Path) -> None:
    figure, axes = new_figure(2, 2)
    axes.plot([0, 1], [0, 1])
    exhibit = Exhibit("figure-2a", "Figure 2A", pd.DataFrame({"x": [0, 1]}), figure=figure, text=["What to see."])
    exhibit.write(tmp_path)
    assert {path.name for path in (tmp_path / "figures").iterdir()} == {
        "figure-2a.png",
        "figure-2a.svg",
        "figure-2a.csv",
    }
    assert len(exhibit.blocks()) == 3
