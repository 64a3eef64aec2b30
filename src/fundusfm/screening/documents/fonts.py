"""Fonts of a PDF: DejaVu Sans, which comes with matplotlib, and fonts of this computer for other characters."""

from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING
from unicodedata import category, combining

from fundusfm.names import shown

if TYPE_CHECKING:
    from fpdf import FPDF

FAMILY = "DejaVu"

REPLACEMENT = "\ufffd"
"""Stands for a character that no font has."""

MISSING_NOTE = f"{REPLACEMENT} stands for a character that no font on this computer has."

_SHAPED, _FORMS = ("\u0590", "\u1cff"), ("\ufb1d", "\ufefc")
"""Scripts whose letters join, move or run from right to left: Hebrew, Arabic and those of South and South-East Asia."""

_FILES = {"": "DejaVuSans.ttf", "B": "DejaVuSans-Bold.ttf"}
_LIKELY = ("notosans", "sourcehan", "wqy", "droidsansfallback", "msyh", "simsun", "yugoth", "meiryo", "malgun",
           "pingfang", "hiragino", "applesd", "arialuni", "nirmala", "leelawui", "freesans", "unifont")  # fmt: skip
"""Parts of the names of fonts that cover many scripts, the best first; all other fonts come after them."""


class TextFonts:
    """The fonts of one document, and text as they can show it.

    Args:
        pdf: The document; DejaVu Sans and what else is needed is added to it.
        text: All that will be written from outside: names, files, reasons.
    """

    def __init__(self, pdf: "FPDF", text: str) -> None:
        self._pdf = pdf
        for style, name in _FILES.items():
            pdf.add_font(FAMILY, style, _folder() / name)
        lacking = _needed(shown(text)) - _characters(str(_folder() / _FILES[""]), 0)
        extra: list[str] = []
        for path, number in _system_fonts() if lacking else ():
            found = lacking & _characters(path, number)
            if found:
                extra.append(f"System{len(extra)}")
                pdf.add_font(extra[-1], "", path, collection_font_number=number)
                lacking -= found
            if not lacking:
                break
        if extra:
            pdf.set_fallback_fonts(extra, exact_match=False)
        self._replaced = dict.fromkeys(map(ord, lacking), REPLACEMENT)

    @property
    def note(self) -> str:
        """What to say below a text of which characters are missing; empty where none is."""
        return MISSING_NOTE if self._replaced else ""

    def text(self, text: str) -> str:
        """Returns text as it can be written, and lets the document join and turn letters where its script needs it."""
        # Shaping takes several times as long, so that plain text does without.
        self._pdf.set_text_shaping(_joins_or_turns(text))
        return shown(text).translate(self._replaced)


def _joins_or_turns(text: str) -> bool:
    return any(_SHAPED[0] <= sign <= _SHAPED[1] or _FORMS[0] <= sign <= _FORMS[1] or combining(sign) for sign in text)


def _needed(text: str) -> set[str]:
    return {sign for sign in text if category(sign)[0] not in "CZ"}


def _folder() -> Path:
    found = find_spec("matplotlib")
    assert found is not None and found.origin is not None
    return Path(found.origin).parent / "mpl-data" / "fonts" / "ttf"


@cache
def _characters(path: str, number: int) -> frozenset[str]:
    """Returns the characters that a font has; none where it cannot be read."""
    from fontTools.ttLib import TTFont, TTLibError

    try:
        with TTFont(path, fontNumber=number, lazy=True) as font:
            # Colour fonts draw pictures, which a name is not made of.
            drawn = {"glyf", "CFF "} & set(font.keys()) and not {"COLR", "CBDT", "sbix", "SVG "} & set(font.keys())
            return frozenset(map(chr, font.getBestCmap() or ())) if drawn else frozenset()
    except (TTLibError, OSError, KeyError, ValueError):
        return frozenset()


def _system_fonts() -> Iterator[tuple[str, int]]:
    """Yields fonts of this computer with their place in their file, those that cover most scripts first."""
    from matplotlib.font_manager import findSystemFonts

    def rank(path: str) -> tuple[int, str]:
        name = Path(path).name.casefold()
        known = (place for place, part in enumerate(_LIKELY) if part in name)
        plain = any(word in name for word in ("bold", "black", "light", "thin", "mono", "italic"))
        return next(known, len(_LIKELY)) * 2 + plain, path

    yield from ((path, 0) for path in sorted(set(findSystemFonts()), key=rank))
