"""Any text becomes text that can be written: joined where its script needs it, and replaced where no font has it."""

from unittest.mock import patch

import pytest
from fpdf import FPDF
from hypothesis import given, settings
from hypothesis import strategies as st

from fundusfm.screening.documents import fonts
from fundusfm.screening.documents.fonts import FAMILY, MISSING_NOTE, REPLACEMENT, TextFonts


def written(text: str) -> tuple[TextFonts, FPDF]:
    pdf = FPDF()
    made = TextFonts(pdf, text)
    pdf.add_page()
    pdf.set_font(FAMILY, "B", 9)
    pdf.multi_cell(60, 5, made.text(text))
    return made, pdf


@pytest.mark.parametrize(("text", "shaped"), [("Łukasz Ђ Ω", False), ("כהן", True), ("محمد", True), ("अमित", True)])
def test_only_scripts_that_need_it_are_shaped(text: str, shaped: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fonts, "_system_fonts", lambda: iter(()))
    _, pdf = written(text)
    assert bool(pdf.text_shaping) == shaped


def test_characters_without_a_font_are_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fonts, "_system_fonts", lambda: iter(()))
    made, _ = written("Anna 王")
    assert made.text("Anna 王") == f"Anna {REPLACEMENT}"
    assert made.note == MISSING_NOTE
    assert written("Anna")[0].note == ""


@settings(max_examples=8, deadline=None)
@given(st.text(max_size=40))
def test_no_text_breaks_a_page(text: str) -> None:
    with patch.object(fonts, "_system_fonts", lambda: iter(())):
        _, pdf = written(text)
    assert bytes(pdf.output()).startswith(b"%PDF")
