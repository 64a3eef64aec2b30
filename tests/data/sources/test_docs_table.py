"""The tables of docs/sources.md: they say what the registry and the harmonisation say, of every source."""

from pathlib import Path

from fundusfm.data.sources.harmonise import harmonisation
from fundusfm.data.sources.registry import NAMES, load_source

_PAGE = Path(__file__).resolve().parents[3] / "docs" / "sources.md"
_MOST_COLUMNS = 4


def _table_after(heading: str) -> list[str]:
    """Returns the rows of the first table below a heading of the page, without its header."""
    lines = _PAGE.read_text(encoding="utf-8").partition(f"\n## {heading}\n")[2].partition("\n## ")[0].splitlines()
    rows = [line for line in lines if line.startswith("|")]
    return rows[2:]


def _cells(*cells: str) -> str:
    return "| " + " | ".join(cells) + " |"


def _source_row(name: str) -> str:
    source = load_source(name)
    images = source.counts.get("images")
    columns = [f"`{label}`" for label in source.labels]
    labels = ", ".join(columns)
    if len(columns) > _MOST_COLUMNS:
        labels = ", ".join(columns[:_MOST_COLUMNS]) + f" … {len(columns)} columns"
    harmonised = ", ".join(f"`{rule.label}`" for rule in harmonisation(name))
    return _cells(
        f"`{name}`", source.title, f"{images:,}" if images else "", labels or "yours", source.licence, harmonised
    )


def test_every_source_is_in_the_table_with_its_facts() -> None:
    expected = [_source_row(name) for name in NAMES]
    assert _table_after("All sources") == expected, "docs/sources.md should hold:\n" + "\n".join(expected)


def test_every_harmonised_label_names_the_sources_that_tell_it() -> None:
    rules = sorted(harmonisation(), key=lambda rule: NAMES.index(rule.source))
    told: dict[str, list[str]] = {}
    for rule in rules:
        told.setdefault(rule.label, []).append(rule.source if rule.negative else f"{rule.source}*")
    rows = [row.strip("| ").split(" | ") for row in _table_after("Harmonised labels")]
    assert {label.strip("`"): sources.split(", ") for label, _, sources in rows} == told
