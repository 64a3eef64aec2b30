"""A table or figure of a study, with the numbers behind it, as files and as a part of the report."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure

from fundusfm.report.page import Block, Gallery, Heading, Picture, Prose, Section, write_page
from fundusfm.report.save import data_uri, figure_svg, save_figure
from fundusfm.report.tables import PageCell, PageTable
from fundusfm.runs import write_atomic
from fundusfm.study.exhibits.latex import latex


@dataclass(frozen=True)
class Exhibit:
    """One table or figure.

    Attributes:
        id: File name and anchor, such as `table-2-abnormality`.
        title: Heading, such as `Table 2. Abnormality`.
        numbers: The numbers behind it, tidy.
        table: The table as shown.
        figure: The figure as shown.
        picture: A figure that is a picture of photographs, as PNG.
        text: Sentences below it.
        alt: For those who cannot see a figure.
    """

    id: str
    title: str
    numbers: pd.DataFrame
    table: PageTable | None = None
    figure: Figure | None = None
    picture: bytes | None = None
    text: Sequence[str] = field(default_factory=tuple)
    alt: str = ""

    def blocks(self) -> list[Block]:
        """Returns the exhibit as a part of the report."""
        found: list[Block] = [Heading(self.title)]
        if self.figure is not None:
            source = data_uri(figure_svg(self.figure), "image/svg+xml")
            found.append(Gallery([Picture(source, self.alt or self.title)], "wide"))
        if self.picture is not None:
            found.append(Gallery([Picture(data_uri(self.picture, "image/png"), self.alt or self.title)], "wide"))
        if self.table is not None:
            found.append(self.table)
        if self.text:
            found.append(Prose(self.text))
        return found

    def write(self, out: Path) -> None:
        """Writes a table as CSV, Markdown, LaTeX and HTML, a figure as PNG, SVG and CSV.

        Args:
            out: The study's folder; files go to its `tables` and `figures`.
        """
        if self.figure is not None:
            save_figure(self.figure, out / "figures" / self.id, numbers=self.numbers)
        elif self.picture is not None:
            folder = out / "figures"
            folder.mkdir(parents=True, exist_ok=True)
            write_atomic(folder / f"{self.id}.png", self.picture)
            write_atomic(folder / f"{self.id}.csv", _csv(self.numbers))
        if self.table is not None:
            folder = out / "tables"
            folder.mkdir(parents=True, exist_ok=True)
            if self.figure is None:
                write_atomic(folder / f"{self.id}.csv", _csv(self.numbers))
            write_atomic(folder / f"{self.id}.md", f"### {self.title}\n\n{markdown(self.table)}")
            write_atomic(folder / f"{self.id}.tex", latex(self.table, name=self.id))
            write_page(
                folder / f"{self.id}.html",
                title=self.title,
                subtitle="",
                sections=[Section(self.id, self.title, self.blocks()[1:])],
            )


def markdown(table: PageTable) -> str:
    """Returns a table as Markdown: caption, rows, footnotes."""
    lines = [table.caption, "", _line(table.head), _line(["---"] * len(table.head))]
    lines += [_line([_text(cell) for cell in row]) for row in table.rows]
    lines += [""] + [f"{number}. {note}" for number, note in enumerate(table.notes, start=1)]
    if table.legend:
        lines.append(table.legend)
    return "\n".join(lines).rstrip() + "\n"


def _text(cell: PageCell) -> str:
    text = f"**{cell.text}**" if cell.best else cell.text
    note = f" ({cell.note})" if cell.note else ""
    return f"{text}{' ' + cell.detail if cell.detail else ''}{note}"


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _csv(numbers: pd.DataFrame) -> str:
    return numbers.to_csv(index=False, float_format="%.6g", lineterminator="\n")
