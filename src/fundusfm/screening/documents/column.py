"""Half a page of a report: one photograph with its verdict, pictures, quality and labels."""

from math import ceil

import numpy as np
from numpy.typing import NDArray

from fundusfm.explain.overlay import LEGEND, overlay
from fundusfm.screening.documents.blocks import BLACK, GREY, Sheet
from fundusfm.screening.documents.outcome import kind_of
from fundusfm.screening.documents.results import PhotographResult
from fundusfm.screening.documents.words import (
    BOTH_EYES,
    eye_in_doubt,
    label_result,
    number,
    prevalence_note,
    quality_word,
)
from fundusfm.screening.referral import NO
from fundusfm.screening.screener import FAILED, UNGRADABLE

_SMALL = 7.2
_TABLE = 6.8
_ROW = 3.5
_PAD = 1.2
_NAME, _NUMBER = 0.48, 0.125
"""Shares of the column that a label's name, and a number, take in the table."""
_TRACE_DIGITS = 16
"""Enough of a SHA-256 to find a photograph in an audit log."""
_BETWEEN = 2.0
"""Millimetres between pictures."""


def picture_side(pictures: int, across: int, width: float, height: float) -> float:
    """Returns the side of the pictures of a column in millimetres.

    Args:
        pictures: How many there are.
        across: How many stand beside each other.
        width: Of the column, in millimetres.
        height: Of the room for pictures.
    """
    down = max(1, ceil(pictures / across))
    return min((width - (across - 1) * _BETWEEN) / across, height / down - 1)


class Column:
    """One photograph, or the place where there is none.

    Args:
        sheet: Where it is drawn.
        title: The eye.
        photograph: What was found; None leaves the column empty.
        width: In millimetres.
        says_missing: Whether an empty column says that there is no photograph.
    """

    def __init__(
        self, sheet: Sheet, title: str, photograph: PhotographResult | None, width: float, *, says_missing: bool
    ) -> None:
        self._sheet = sheet
        self._title = title
        self._photograph = photograph
        self._width = width
        self._says_missing = says_missing

    @property
    def pictures(self) -> int:
        """Number of pictures: the photograph, the evidence on it, and what is outlined."""
        photograph = self._photograph
        if photograph is None or photograph.view is None:
            return 0
        structures = photograph.structures
        return 1 + (photograph.evidence is not None) + (structures is not None and structures.picture is not None)

    def head_height(self) -> float:
        """Returns the height of what stands above the pictures."""
        photograph = self._photograph
        if photograph is None:
            return 6.0
        height = 6.0 + self._sheet.verdict_height(self._width, photograph.verdict, 9) + _PAD
        for text, size in self._said(photograph):
            height += self._sheet.height(self._width, text, size) + _PAD
        return height

    def tail_height(self) -> float:
        """Returns the height of what stands below the pictures."""
        photograph = self._photograph
        if photograph is None:
            return 0.0
        height = sum(self._sheet.height(self._width, text, _SMALL) + _PAD for text in self._notes(photograph))
        if photograph.labels:
            height += self._table_height(photograph) + _PAD
        return height + self._sheet.height(self._width, self._prevalence(photograph), 6.2) + 2 * _PAD

    def draw(self, x: float, y: float, head: float, side: float, *, across: int) -> None:
        """Draws the column.

        Args:
            x: Left edge.
            y: Top edge.
            head: Height of what stands above the pictures, the same in all columns.
            side: Of a picture.
            across: How many pictures stand beside each other.
        """
        sheet, photograph = self._sheet, self._photograph
        if self._title:
            sheet.put(x, y, self._width, self._title, 10.5, bold=True)
        if photograph is None:
            if self._says_missing:
                sheet.put(x, y + 6, self._width, "No photograph", 9, color=GREY)
            return
        below = sheet.verdict(x, y + 6, self._width, kind_of(photograph), photograph.verdict, 9) + _PAD
        for text, size in self._said(photograph):
            sheet.put(x, below, self._width, text, size)
            below = sheet.y + _PAD
        below = y + head
        shown = self._shown(photograph)
        for first in range(0, len(shown), across):
            row = shown[first : first + across]
            left = x + (self._width - len(row) * (side + _BETWEEN) + _BETWEEN) / 2
            for place, (picture, said) in enumerate(row):
                sheet.picture(picture, left + place * (side + _BETWEEN), below, side, said)
            below += side + 1
        below += _PAD * bool(shown)
        for text in self._notes(photograph):
            sheet.put(x, below, self._width, text, _SMALL, color=GREY)
            below = sheet.y + _PAD
        if photograph.labels:
            below = self._table(x, below, photograph) + _PAD
        if said := self._prevalence(photograph):
            sheet.put(x, below, self._width, said, 6.2, color=GREY)

    def _shown(self, photograph: PhotographResult) -> list[tuple[NDArray[np.uint8], str]]:
        """Returns the pictures, each with what it shows."""
        if photograph.view is None:
            return []
        square, evidence, structures = photograph.view.square, photograph.evidence, photograph.structures
        shown = [(square, f"{self._title}, {photograph.name}")]
        if evidence is not None:
            shown.append((overlay(square, evidence.heat), f"Evidence for {evidence.name}"))
        if structures is not None and structures.picture is not None:
            shown.append((structures.picture, structures.legend or "Nothing outlined"))
        return shown

    def _said(self, photograph: PhotographResult) -> list[tuple[str, float]]:
        reason = "" if photograph.status == UNGRADABLE else photograph.reason
        said = ((photograph.advice, 8.0), (reason, _SMALL), (eye_in_doubt(photograph.eye_doubt), 8.0))
        return [(text, size) for text, size in said if text]

    def _notes(self, photograph: PhotographResult) -> list[str]:
        said = []
        if photograph.evidence is not None:
            said.append(f"Evidence for {photograph.evidence.name}. {LEGEND}")
        elif photograph.view is not None and photograph.labels:
            said.append("No evidence map: nothing was found whose evidence could be shown.")
        if (found := photograph.structures) is not None:
            legend = "" if found.picture is None else found.legend
            said.append(" ".join(text for text in (found.line, found.caution, legend) if text))
        facts = [f"File {photograph.name}"]
        if photograph.quality is not None and photograph.status != FAILED:
            facts.insert(0, f"Quality {quality_word(photograph.quality)} ({photograph.quality:.2f} of 1)")
        if photograph.trace.sha256:
            frame = f", frame {photograph.trace.frame}" if photograph.trace.frame > 1 else ""
            facts.append(f"Audit {photograph.trace.of} {photograph.trace.sha256[:_TRACE_DIGITS]}{frame}")
        if photograph.both_eyes:
            facts.insert(0, BOTH_EYES.rstrip("."))
        return [*said, " · ".join(facts)]

    def _table(self, x: float, y: float, photograph: PhotographResult) -> float:
        sheet, width = self._sheet, self._width
        for place, (cells, bold) in enumerate(_rows(photograph)):
            sheet.put(x, y, _NAME * width, cells[0], _TABLE, bold=bold)
            below = sheet.y
            for column, cell in enumerate(cells[1:3]):
                left = x + (_NAME + column * _NUMBER) * width
                sheet.put(left, y, _NUMBER * width, cell, _TABLE, bold=bold, align="R")
            left = x + (_NAME + 2 * _NUMBER) * width + 2.5
            sheet.put(left, y, x + width - left, cells[3], _TABLE, bold=bold, color=BLACK if bold else GREY)
            y = max(below, y + _ROW)
            if place == 0:
                sheet.rule(x, y - 0.3, width)
        return y

    def _table_height(self, photograph: PhotographResult) -> float:
        names = ((cells[0], bold) for cells, bold in _rows(photograph))
        return sum(max(_ROW, self._sheet.height(_NAME * self._width, name, _TABLE, bold=bold)) for name, bold in names)

    def _prevalence(self, photograph: PhotographResult) -> str:
        # Beside a "no" it would read as a contradiction: 60 % where more than half of the photographs show something.
        if not photograph.labels or photograph.refer == NO:
            return ""
        main = photograph.labels[0]
        return prevalence_note(main.name, main.probability, main.prevalence)


def _rows(photograph: PhotographResult) -> list[tuple[tuple[str, str, str, str], bool]]:
    """Returns the lines of the table of labels, and which of them stand out."""
    return [(("Label", "Score", "Limit", "Result"), True)] + [
        (
            (
                label.name,
                number(label.score),
                number(label.threshold) if label.threshold is not None else "–",
                label_result(found=label.found, decides=label.threshold is not None),
            ),
            label.found,
        )
        for label in photograph.labels
    ]
