"""A table as LaTeX for the package booktabs: a column for each value, interval, difference and p."""

from collections.abc import Sequence
from dataclasses import replace

from fundusfm.report.tables import PageCell, PageTable

_MOST_COLUMNS = 9
"""Numbers beside each other on a page of A4."""

_SIGNS = str.maketrans(
    {sign: f"\\{sign}" for sign in "&%$#_{}"}
    | {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "–": "--", "…": r"\ldots{}"}
    | {
        "±": r"$\pm$",
        "Δ": r"$\Delta$",
        "−": "$-$",
        "≥": r"$\ge$",
        "≤": r"$\le$",
        "×": r"$\times$",
        "†": r"$\dagger$",
        "<": "$<$",
        ">": "$>$",
    }
)
"""What LaTeX would read as a command, or has no sign for."""


def latex(table: PageTable, *, name: str) -> str:
    """Returns a table as LaTeX, in several where it is wider than a page.

    Args:
        table: The table.
        name: Name for `\\ref{tab:NAME}`; further parts are `NAME-2`, `NAME-3`.
    """
    widest = max((len(_columns(table, place)) for place in range(1, len(table.head))), default=1)
    named = 2 if table.rows and not table.numeric(1) else 1
    parts = table.parts(named + max(1, _MOST_COLUMNS // widest))
    return "\n".join(
        _one(replace(part, notes=table.notes, legend=table.legend), name if number == 1 else f"{name}-{number}")
        for number, part in enumerate(parts, start=1)
    )


def _one(table: PageTable, name: str) -> str:
    """One floating table, with its notes below it."""
    columns = [_columns(table, place) for place in range(len(table.head))]
    kinds = ["r" if place and table.numeric(place) else "l" for place in range(len(table.head))]
    layout = "".join(kind * len(names) for kind, names in zip(kinds, columns, strict=True))
    used = sorted({cell.note for row in table.rows for cell in row if cell.note})
    notes = [rf"\textsuperscript{{{number}}} {_plain(table.notes[number - 1])}" for number in used]
    notes += [_plain(table.legend)] if table.legend else []
    below = [
        r"\par\smallskip",
        r"\begin{minipage}{\linewidth}\footnotesize\raggedright",
        *_lines(notes),
        r"\end{minipage}",
    ]
    return "\n".join(
        [
            r"\begin{table}",
            r"\centering",
            rf"\caption{{{_plain(table.caption)}}}",
            rf"\label{{tab:{name}}}",
            rf"\begin{{tabular}}{{{layout}}}",
            r"\toprule",
            *_head(table, columns),
            r"\midrule",
            *(_row(row, columns) for row in table.rows),
            r"\bottomrule",
            r"\end{tabular}",
            *(below if notes else []),
            r"\end{table}",
            "",
        ]
    )


def _columns(table: PageTable, place: int) -> list[str]:
    """Returns the names of the columns that one column of the page becomes; the first holds the text of its cells."""
    cells = [row[place] for row in table.rows if place < len(row) and all(cell.span == 1 for cell in row[:place])]
    if place == 0:
        return ["", ""] if any(cell.detail for cell in cells) else [""]
    return ["Value", *dict.fromkeys(name for cell in cells for name in cell.columns)] if _split(cells) else [""]


def _split(cells: Sequence[PageCell]) -> bool:
    return any(shown for cell in cells for shown in cell.columns.values())


def _head(table: PageTable, columns: Sequence[Sequence[str]]) -> list[str]:
    """Names of the columns, and where they are several of one name, a line for them below it."""
    names, rules, below, start = [], [], [], 1
    for head, own in zip(table.head, columns, strict=True):
        several = len(own) > 1 and any(own)
        names.append(rf"\multicolumn{{{len(own)}}}{{c}}{{{_plain(head)}}}" if several else _plain(head))
        names += [""] * (len(own) - 1 if not several else 0)
        rules += [rf"\cmidrule(lr){{{start}-{start + len(own) - 1}}}"] if several else []
        below += [_plain(name) for name in own]
        start += len(own)
    lines = [_line(names)]
    return [*lines, "".join(rules), _line(below)] if rules else lines


def _row(row: Sequence[PageCell], columns: Sequence[Sequence[str]]) -> str:
    found: list[str] = []
    place = 0
    for cell in row:
        own = [name for names in columns[place : place + cell.span] for name in names]
        if cell.span > 1:
            found.append(rf"\multicolumn{{{len(own)}}}{{l}}{{{_value(cell)}}}")
        elif place == 0:
            found += [_value(replace(cell, detail="")), _plain(cell.detail)][: len(own)]
        elif len(own) > 1:
            apart = cell if not cell.columns else replace(cell, detail="")
            found += [_value(apart), *(_plain(cell.columns.get(name, "")) for name in own[1:])]
        else:
            found.append(_value(cell))
        place += cell.span
    return _line(found)


def _value(cell: PageCell) -> str:
    shown = _plain(cell.text)
    shown = rf"\textbf{{{shown}}}" if cell.best else shown
    note = rf"\textsuperscript{{{cell.note}}}" if cell.note else ""
    return f"{shown}{note} {_plain(cell.detail)}".strip()


def _lines(notes: Sequence[str]) -> list[str]:
    return [f"{note}\\\\" for note in notes[:-1]] + list(notes[-1:])


def _line(cells: Sequence[str]) -> str:
    return " & ".join(cells) + r" \\"


def _plain(content: str) -> str:
    return content.translate(_SIGNS)
