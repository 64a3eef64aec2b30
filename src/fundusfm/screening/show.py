"""A row of results for people, where no table is asked for."""

from collections.abc import Mapping, Sequence
from typing import Any

_DECISIONS = {1: "positive", 0: "negative"}


def row_text(row: Mapping[str, Any], labels: Sequence[str]) -> str:
    """Returns a photograph's result as lines: its status and quality, then each label's probability and decision.

    Args:
        row: As `fundusfm.screening.screener.Screener` makes it.
        labels: The model's labels.
    """
    head = f"{row['image']}: {row['status']}"
    if row["reason"]:
        return f"{head}: {row['reason']}"
    width = max(map(len, labels))
    lines = [
        f"  {label:{width}}  probability {row[f'{label}.probability']:.3f}  {_decision(row, label)}" for label in labels
    ]
    return "\n".join([f"{head}, quality {row['quality']:.2f}", *(line.rstrip() for line in lines)])


def _decision(row: Mapping[str, Any], label: str) -> str:
    decision = row[f"{label}.decision"]
    if decision is None:
        return ""
    return _DECISIONS[decision] + (", uncertain" if row.get(f"{label}.uncertain") else "")
