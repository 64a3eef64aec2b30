"""Figures as files: their bytes are the same for the same figure, and names are shown as they are."""

from pathlib import Path

from matplotlib.figure import Figure
from PIL import Image

from fundusfm.report.save import compact_png, data_uri, figure_png, figure_svg, save_figure


def _figure(title: str = "a") -> Figure:
    figure = Figure(figsize=(2, 2), layout="constrained")
    axes = figure.subplots()
    axes.plot([0, 1], [0, 1.123456789])
    axes.set_title(title)
    return figure


def test_equal_figures_give_equal_bytes() -> None:
    assert figure_png(_figure()) == figure_png(_figure())
    assert figure_svg(_figure()) == figure_svg(_figure())


def test_png_has_few_colours(tmp_path: Path) -> None:
    path = tmp_path / "figure.png"
    path.write_bytes(compact_png(figure_png(_figure())))
    with Image.open(path) as image:
        assert image.mode == "P"
        assert image.getcolors(128) is not None


def test_no_control_character_gets_into_an_svg() -> None:
    content = figure_svg(_figure("red\x1b[31m $x_1$"))
    assert b"\x1b" not in content


def test_files_are_written_beside_each_other(tmp_path: Path) -> None:
    written = save_figure(_figure(), tmp_path / "figures" / "a>=2.5")
    assert [path.name for path in written] == ["a>=2.5.png", "a>=2.5.svg"]


def test_bytes_become_an_address() -> None:
    assert data_uri(b"abc", "image/png") == "data:image/png;base64,YWJj"
