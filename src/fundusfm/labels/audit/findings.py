"""The findings of an audit of labels: the ranked photographs and the numbers of its report."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from fundusfm.labels.audit.cases import Cases
from fundusfm.labels.audit.contradictions import Contradiction
from fundusfm.labels.audit.judgement import Judgement, Noise
from fundusfm.labels.audit.ranking import DoubtRanking
from fundusfm.labels.audit.second_reader import Agreement
from fundusfm.labels.audit.words import Word


@dataclass(frozen=True)
class Audit:
    """What an audit found.

    Attributes:
        path: The folder it was written to.
        table: The ranked photographs, as in `audit.csv`.
        cases: The photographs.
        judgements: Their labels, judged.
        refused: Labels that cannot be judged, and why.
        ranking: Their order.
        contradictions: Labels that contradict each other.
        noise: Estimated share of wrong labels per class.
        ceilings: AUROC against several truths.
        agreements: Agreement with the second reader.
        words: Words that go with doubtful labels.
    """

    path: Path
    table: pd.DataFrame
    cases: Cases
    judgements: list[Judgement]
    refused: dict[str, str]
    ranking: DoubtRanking
    contradictions: list[Contradiction]
    noise: list[Noise]
    ceilings: pd.DataFrame
    agreements: list[Agreement]
    words: list[Word]

    def metrics(self) -> dict[str, Any]:
        """Returns the numbers of the audit, as `metrics.json` holds them."""
        kinds = [one.kind for one in self.contradictions]
        return {
            "photographs": len(self.cases),
            "disputed": int(self.ranking.disputed.sum()),
            "disputed_per_label": {one.label: int(one.disputed.sum()) for one in self.judgements},
            "contradictions": {kind: kinds.count(kind) for kind in ("twin", "eyes", "repeat")},
            "not_judged": self.refused,
            "noise": [flat(asdict(one)) for one in self.noise],
            "auroc": self.ceilings.to_dict("records"),
            "second_reader": [flat(asdict(one)) for one in self.agreements],
            "words": [flat(asdict(one)) for one in self.words],
        }


def flat(row: dict[str, Any]) -> dict[str, Any]:
    """Returns a row of a table that has an interval as three columns: `NAME`, `NAME_low`, `NAME_high`."""
    flat: dict[str, Any] = {}
    for name, value in row.items():
        if isinstance(value, Sequence) and not isinstance(value, str):
            flat |= dict(zip((name, f"{name}_low", f"{name}_high"), value, strict=True))
        else:
            flat[name] = value
    return flat


def summary(audit: Audit) -> list[str]:
    """Returns the findings in a few lines."""
    lines = [
        f"{int(audit.ranking.disputed.sum())} of {len(audit.cases)} photographs have a disputed label: "
        f"{audit.path / 'audit.html'}"
    ]
    for one in audit.noise:
        lines.append(
            f"{one.label} {one.given}: {percent(one.wrong)} of {one.photographs} probably wrong, that is about "
            f"{round(one.wrong.value * one.photographs)}; {one.disputed} of them can be named and are disputed"
        )
    for found in audit.agreements:
        lines.append(
            f"{found.label} {found.given}: the second reader disputes {percent(found.of_listed)} of {found.listed} "
            f"disputed labels and {percent(found.of_others)} of the others"
        )
    lines += [f"{label} is not judged: {reason}" for label, reason in audit.refused.items()]
    return lines


def percent(found: tuple[float, float, float]) -> str:
    """Returns `12.0% (8.1% to 16.9%)`; a share without an interval alone."""
    value, low, high = found
    between = "" if np.isnan(low) else f" ({low:.1%} to {high:.1%})"
    return f"{value:.1%}{between}"
