"""A report page as data: sections of blocks; `templates/page.html.j2` turns them into one self-contained file."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Literal

from jinja2 import Environment, PackageLoader, StrictUndefined

from fundusfm.report.tables import PageTable
from fundusfm.report.text import drawable
from fundusfm.runs import write_atomic

LIMITS = (
    "Research use only: this is not a medical device. No diagnosis, treatment decision or unsupervised screening "
    "may rest on these results."
)


@dataclass(frozen=True)
class Picture:
    """An image inside the page: `data:` address, text for those who cannot see it, caption below."""

    source: str
    alt: str
    caption: str = ""


@dataclass(frozen=True)
class Gallery:
    """Pictures beside each other.

    Attributes:
        pictures: In reading order.
        layout: `figures` three in a row, `pairs` two, `small` multiples; `chart` and `wide` stand alone in a row.
        folded: Text of the line that opens the pictures; empty to show them at once.
    """

    pictures: Sequence[Picture]
    layout: Literal["figures", "pairs", "small", "chart", "wide"] = "figures"
    folded: str = ""
    kind: str = field(default="gallery", init=False)


@dataclass(frozen=True)
class Strip:
    """Pictures that belong together, left to right, under one caption."""

    caption: str
    pictures: Sequence[Picture]
    kind: str = field(default="strip", init=False)


@dataclass(frozen=True)
class Prose:
    """Paragraphs, or a list of points."""

    paragraphs: Sequence[str]
    bullets: bool = False
    kind: str = field(default="prose", init=False)


@dataclass(frozen=True)
class Fact:
    """A number to take away: its name, its value, what qualifies it."""

    name: str
    value: str
    detail: str = ""


@dataclass(frozen=True)
class Facts:
    """A row of numbers to take away."""

    items: Sequence[Fact]
    kind: str = field(default="facts", init=False)


@dataclass(frozen=True)
class Heading:
    """A heading below that of the section."""

    title: str
    kind: str = field(default="heading", init=False)


Block = Gallery | Strip | Prose | Facts | Heading | PageTable


@dataclass
class Section:
    """A part of the page; one without blocks is not shown."""

    id: str
    title: str
    blocks: list[Block] = field(default_factory=list)


def render_page(*, title: str, subtitle: str, sections: Sequence[Section]) -> str:
    """Returns the page as HTML; it needs no other file, no network and no script."""
    shown = [section for section in sections if section.blocks]
    template = _environment().get_template("page.html.j2")
    return drawable(template.render(title=title, subtitle=subtitle, sections=shown, limits=LIMITS))


def write_page(path: Path, *, title: str, subtitle: str, sections: Sequence[Section]) -> Path:
    """Writes the page, atomically."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomic(path, render_page(title=title, subtitle=subtitle, sections=sections))
    return path


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("fundusfm.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
