"""Pages: sections without blocks are left out, and everything from data is escaped."""

from pathlib import Path

from fundusfm.report.page import LIMITS, Fact, Facts, Gallery, Heading, Picture, Prose, Section, render_page, write_page
from fundusfm.report.tables import key_values


def test_every_kind_of_block_is_shown() -> None:
    picture = Picture("data:,", "what it shows", "a caption")
    blocks = [
        Prose(["one"]),
        Prose(["two"], bullets=True),
        Facts([Fact("AUROC", "0.9", "[0.8, 1.0]")]),
        Heading("three"),
        Gallery([picture], "wide", folded="open me"),
        key_values("four", {"five": 6}),
    ]
    page = render_page(title="T", subtitle="S", sections=[Section("a", "First", blocks), Section("b", "Second", [])])
    for part in (
        "<p>one</p>",
        "<li>two</li>",
        "[0.8, 1.0]",
        "<h3>three</h3>",
        "<summary>open me</summary>",
        "four",
        LIMITS,
    ):
        assert part in page
    assert 'alt="what it shows"' in page
    assert "Second" not in page


def test_text_from_data_is_escaped_and_drawable(tmp_path: Path) -> None:
    path = write_page(tmp_path / "deep" / "page.html", title="<b>", subtitle="M\udcfcller", sections=[])
    page = path.read_text(encoding="utf-8")
    assert "&lt;b&gt;" in page
    assert "M\\xfcller" in page
