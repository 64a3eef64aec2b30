"""The text of `fundusfm data list`."""

import json as json_module
import textwrap
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from fundusfm.data.sources.harmonise import harmonisation
from fundusfm.data.sources.registry import NAMES, load_source
from fundusfm.data.sources.source import PublicSet

_WIDTH = 110


def overview(*, json: bool) -> str:
    """Returns one line per source: name, number of photographs, title, labels."""
    sources = [load_source(name) for name in NAMES]
    if json:
        return _dump([_fields(source) for source in sources])
    lines, width = [], max(len(source.title) for source in sources)
    for source in sources:
        images = source.counts.get("images")
        labels = textwrap.shorten(", ".join(source.labels), 60, placeholder=" …")
        lines.append(
            f"{source.name:16} {f'{images:,}' if images else '':>7}  {source.title:{width}}  {labels}".rstrip()
        )
    return "\n".join([*lines, "", "fundusfm data list NAME describes one."])


def describe(name: str, *, json: bool) -> str:
    """Returns all that is known about one source.

    Raises:
        SourceError: The name is unknown.
    """
    source = load_source(name)
    if json:
        return _dump(_fields(source))
    harmonised = [
        f"{rule.label}: 1 where {rule.positive or 'never'}; 0 where {rule.negative or 'never'}"
        + (f" ({rule.note})" if rule.note else "")
        for rule in harmonisation(name)
    ]
    parts = [
        f"{source.name}: {source.title}",
        textwrap.fill(source.about, _WIDTH),
        f"Where:   {source.where}\nLicence: {source.licence}\n" + _wrapped(f"Cite:    {source.citation}", "         "),
        f"Expected in FOLDER:\n{textwrap.indent(textwrap.dedent(source.layout).strip(), '  ')}",
    ]
    if source.labels:
        parts.append("Labels:\n" + _items(f"{label}: {meaning}" for label, meaning in source.labels.items()))
    if harmonised:
        parts.append("Harmonised labels:\n" + _items(harmonised))
    if source.counts:
        counts = ", ".join(f"{what} {count:,}" for what, count in source.counts.items())
        parts.append(_wrapped(f"Published counts: {counts}", "  "))
    parts += [_wrapped(f"Known fault: {fault}", "  ") for fault in source.faults]
    return "\n\n".join(parts)


def _items(lines: Iterable[str]) -> str:
    return "\n".join(_wrapped(f"  {line}", "      ") for line in lines)


def _wrapped(line: str, indent: str) -> str:
    return textwrap.fill(line, _WIDTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)


def _fields(source: PublicSet) -> dict[str, Any]:
    fields = {key: value for key, value in asdict(source).items() if key != "read"}
    layout = textwrap.dedent(source.layout).strip()
    return fields | {"layout": layout, "harmonised": [rule._asdict() for rule in harmonisation(source.name)]}


def _dump(content: Any) -> str:
    return json_module.dumps(content, indent=2, ensure_ascii=False)
