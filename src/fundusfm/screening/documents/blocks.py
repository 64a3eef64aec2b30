"""Blocks of a PDF page: lines of text, a coloured banner, blanks to fill in, a footer."""

from collections.abc import Sequence
from datetime import datetime
from io import BytesIO
from typing import Literal, cast

import numpy as np
from fpdf import FPDF
from fpdf.enums import MethodReturnValue, XPos, YPos
from numpy.typing import NDArray

from fundusfm.data.encode import jpeg_bytes
from fundusfm.screening.documents.fonts import FAMILY, TextFonts
from fundusfm.screening.documents.outcome import Kind

Color = tuple[int, int, int]

BLACK: Color = (0x1B, 0x24, 0x30)
GREY: Color = (0x55, 0x60, 0x6E)
LINE: Color = (0xB8, 0xC0, 0xCA)
WHITE: Color = (255, 255, 255)
INKS: dict[Kind, Color] = {
    "refer": (0xA3, 0x24, 0x0F),
    "unsure": (0x7A, 0x4B, 0x00),
    "again": (0x3D, 0x4F, 0x9E),
    "none": (0x1B, 0x5F, 0x3C),
    "other": (0x3A, 0x44, 0x50),
}
"""The colours of the page in the browser; each stands beside a sign and a word."""
SIGNS: dict[Kind, str] = {"refer": "▲", "unsure": "?", "again": "↻", "none": "✓", "other": "✕"}
_FILLED = ("refer", "unsure", "again")
"""What somebody has to act on is written white on colour."""

_MARGIN = 14.0
_POINT = 25.4 / 72
_SPACING = 1.25
_JPEG_QUALITY = 90


class Sheet:
    """Pages in portrait, written from top to bottom.

    Args:
        paper: Size of the pages.
        created: Date in the file.
        text: All text from outside that will be written; see `TextFonts`.
    """

    def __init__(self, paper: Literal["A4", "Letter"], created: datetime, text: str) -> None:
        self._pdf = FPDF(format=paper)
        self._pdf.set_creation_date(created)
        self._pdf.set_title("Screening report")
        self._pdf.set_creator("FundusFM")
        self._pdf.set_lang("en")
        self._pdf.set_margin(_MARGIN)
        self._pdf.set_auto_page_break(False)
        self._pdf.c_margin = 0
        self.fonts = TextFonts(self._pdf, text)
        self.left, self.width = _MARGIN, self._pdf.epw

    @property
    def y(self) -> float:
        """Millimetres from the top of the page to where the next line is written."""
        return float(self._pdf.y)

    def content(self) -> bytes:
        """Returns the file."""
        return bytes(self._pdf.output())

    def add_page(self) -> None:
        """Begins a page."""
        self._pdf.add_page()

    def skip(self, height: float) -> None:
        """Leaves room."""
        self._pdf.set_y(self._pdf.y + height)

    def write(self, text: str, size: float, *, bold: bool = False, color: Color = BLACK, right: str = "") -> None:
        """Writes a paragraph over the whole width, or a line with something at its right end."""
        start = self.y
        self.put(self.left, start, self.width, text, size, bold=bold, color=color)
        end = self.y
        if right:
            self.put(self.left, start, self.width, right, size, color=color, align="R")
        self._pdf.set_y(end)

    def put(
        self,
        x: float,
        y: float,
        width: float,
        text: str,
        size: float,
        *,
        bold: bool = False,
        color: Color = BLACK,
        align: Literal["L", "R", "C"] = "L",
    ) -> None:
        """Writes a paragraph at a place; the next line is below it."""
        self._pdf.set_font(FAMILY, "B" if bold else "", size)
        self._pdf.set_text_color(*color)
        self._pdf.set_xy(x, y)
        self._pdf.multi_cell(
            width, size * _POINT * _SPACING, self.fonts.text(text), align=align, new_x=XPos.LMARGIN, new_y=YPos.NEXT
        )

    def height(self, width: float, text: str, size: float, *, bold: bool = False) -> float:
        """Returns the height of a paragraph; 0 of an empty one."""
        if not text:
            return 0.0
        self._pdf.set_font(FAMILY, "B" if bold else "", size)
        found = self._pdf.multi_cell(
            width, size * _POINT * _SPACING, self.fonts.text(text), dry_run=True, output=MethodReturnValue.HEIGHT
        )
        return cast("float", found)

    def rule(self, x: float, y: float, width: float) -> None:
        """Draws a thin line."""
        self._pdf.set_draw_color(*LINE)
        self._pdf.set_line_width(0.2)
        self._pdf.line(x, y, x + width, y)

    def blanks(self, names: Sequence[str]) -> None:
        """Writes names with a line after each, to be filled in by hand."""
        y, share = self.y + 2.5, self.width / len(names)
        for place, name in enumerate(names):
            x = self.left + place * share
            self.put(x, y, share, name, 7.5, color=GREY)
            used = self._pdf.get_string_width(name) + 1.5
            self.rule(x + used, y + 3.2, share - used - 3)
        self._pdf.set_y(y + 4)

    def banner(self, kind: Kind, text: str, detail: str) -> None:
        """Writes an outcome over the whole width, with what explains it below."""
        self._pdf.set_y(self.verdict(self.left, self.y, self.width, kind, text, 13))
        if detail:
            self.skip(1)
            self.write(f"{detail[0].upper()}{detail[1:]}", 9)

    def verdict(self, x: float, y: float, width: float, kind: Kind, text: str, size: float) -> float:
        """Writes a decision with its sign, white on its colour or in it, and returns where it ends."""
        pad, sign = 1.6, size * 0.5
        height = self.verdict_height(width, text, size)
        filled = kind in _FILLED
        self._pdf.set_fill_color(*(INKS[kind] if filled else WHITE))
        self._pdf.set_draw_color(*INKS[kind])
        self._pdf.set_line_width(0.35)
        self._pdf.rect(x, y, width, height, style="DF", round_corners=True, corner_radius=1.2)
        ink = WHITE if filled else INKS[kind]
        self.put(x + pad + 0.4, y + pad, sign, SIGNS[kind], size, bold=True, color=ink)
        self.put(x + pad + sign, y + pad, width - 2 * pad - sign, text, size, bold=True, color=ink)
        return y + height

    def verdict_height(self, width: float, text: str, size: float) -> float:
        """Returns the height that `verdict` needs."""
        return self.height(width - 3.2 - size * 0.5, text, size, bold=True) + 3.2

    def foot(self, paragraphs: Sequence[str]) -> float:
        """Writes paragraphs at the bottom of the page and returns where they begin."""
        size = 6.2
        heights = [self.height(self.width, text, size) + 0.8 for text in paragraphs]
        begin = self._pdf.h - 9 - sum(heights)
        y, top = begin, self._pdf.t_margin
        self.rule(self.left, y - 1.2, self.width)
        for text, height in zip(paragraphs, heights, strict=True):
            self.put(self.left, y, self.width, text, size, color=GREY)
            y += height
        self._pdf.set_y(top)
        return begin - 2.5

    def picture(self, image: NDArray[np.uint8], x: float, y: float, side: float, alt: str) -> None:
        """Places a square RGB picture of `side` millimetres."""
        content = jpeg_bytes(image, quality=_JPEG_QUALITY)
        self._pdf.image(BytesIO(content), x, y, side, side, alt_text=self.fonts.text(alt))
