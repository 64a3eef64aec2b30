"""The list of doubtful photographs, the most doubtful first, each with its reasons in words."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fundusfm.data.store.format import ADDED
from fundusfm.evaluation.weighted import YOUDEN, Array
from fundusfm.labels.audit.cases import Cases, source_path
from fundusfm.labels.audit.contradictions import Contradiction
from fundusfm.labels.audit.judgement import Judgement

_CONTRADICTIONS = {
    "twin": "a copy of this photograph, {other}, has {label} {theirs}",
    "eyes": "the fellow eye, {other}, looks alike and has {label} {theirs}",
    "repeat": "another photograph of this eye, {other}, looks alike and has {label} {theirs}",
}


@dataclass(frozen=True)
class DoubtRanking:
    """The photographs in the order of doubt.

    Attributes:
        order: int (n,), rows of the cases, the most doubtful first.
        doubt: float (n,), of each row of the cases: the largest over its labels.
        disputed: bool (n,), whether any label of the row is disputed.
        reasons: Why each row is doubtful, the strongest reason first.
    """

    order: NDArray[np.intp]
    doubt: Array
    disputed: NDArray[np.bool_]
    reasons: list[list[str]]


def rank(cases: Cases, judgements: Sequence[Judgement], found: Sequence[Contradiction]) -> DoubtRanking:
    """Puts the photographs in the order of doubt.

    First come copies of one photograph with different labels, of which one is wrong whatever a model says, then
    photographs whose labels the scores contradict with confidence, then all others; within each by doubt.

    Args:
        cases: The photographs.
        judgements: Their labels.
        found: Labels that contradict each other.
    """
    doubt = np.nanmax(np.stack([np.zeros(len(cases)), *(judgement.doubt for judgement in judgements)]), axis=0)
    disputed = np.any([judgement.disputed for judgement in judgements], axis=0)
    twin = np.zeros(len(cases), bool)
    for contradiction in found:
        twin[contradiction.row] |= contradiction.kind == "twin"
    disputed = disputed | twin
    order = np.lexsort((-doubt, ~disputed, ~twin))
    by_row: dict[int, list[Contradiction]] = {}
    for contradiction in found:
        by_row.setdefault(contradiction.row, []).append(contradiction)
    reasons = [_reasons(cases, judgements, row, by_row.get(row, [])) for row in range(len(cases))]
    return DoubtRanking(order.astype(np.intp), doubt, disputed, reasons)


def _reasons(cases: Cases, judgements: Sequence[Judgement], row: int, found: Sequence[Contradiction]) -> list[str]:
    given = {judgement.label: judgement for judgement in judgements}
    reasons = []
    for contradiction in sorted(found, key=lambda one: one.kind != "twin"):
        judgement = given[contradiction.label]
        reasons.append(
            _CONTRADICTIONS[contradiction.kind].format(
                other=cases.frame["image"].iloc[contradiction.other],
                label=contradiction.label,
                theirs=judgement.classes[judgement.given[contradiction.other]],
            )
        )
    scored = [judgement for judgement in judgements if judgement.disputed[row]]
    for judgement in sorted(scored, key=lambda one: -one.doubt[row]):
        name = judgement.classes[judgement.given[row]]
        likely = judgement.classes[judgement.suggested[row]]
        share = judgement.probability[row, judgement.suggested[row]]
        reasons.append(f"{judgement.label} is {name}, and the model's probability of {likely} is {share:.2f}")
    return reasons


def as_table(cases: Cases, judgements: Sequence[Judgement], ranking: DoubtRanking) -> pd.DataFrame:
    """Returns the ranked list as a table that `fundusfm review` opens.

    Each label has its given value under its own name, its `.probability` (of 1; for a class column of the given class),
    `.decision` at the Youden point, `.doubt`, and where it is disputed the class that is `.suggested`. The other
    columns of the photographs' table follow.
    """
    columns: dict[str, object] = {
        "image": cases.frame["image"].to_numpy(),
        "source": [source_path(cases, row) for row in range(len(cases))],
        "patient": _cells(cases, "patient"),
        "eye": _cells(cases, "eye"),
        "doubt": ranking.doubt.round(4),
        "disputed": ranking.disputed.astype(int),
        "reasons": ["; ".join(reasons) for reasons in ranking.reasons],
    }
    for judgement in judgements:
        names = np.array([*judgement.classes, ""], dtype=object)
        asked = 1 if judgement.classes == ["0", "1"] else judgement.given
        shown = judgement.probability[np.arange(len(cases)), asked]
        columns[judgement.label] = names[judgement.given]
        columns[f"{judgement.label}.probability"] = shown.round(4)
        if judgement.label in cases.table.labels and YOUDEN in cases.table.thresholds:
            place = cases.table.labels.index(judgement.label)
            called = cases.table.score[:, place] >= cases.table.thresholds[YOUDEN][:, place]
            columns[f"{judgement.label}.decision"] = called.astype(int)
        columns[f"{judgement.label}.doubt"] = judgement.doubt.round(4)
        columns[f"{judgement.label}.suggested"] = np.where(judgement.disputed, names[judgement.suggested], "")
    further = [name for name in cases.frame if name not in {*columns, *ADDED, "fold", "dataset", "vessels", "fov"}]
    columns |= {str(name): cases.frame[name].to_numpy() for name in further}
    table = pd.DataFrame(columns).iloc[ranking.order].reset_index(drop=True)
    table.insert(0, "rank", np.arange(1, len(table) + 1))
    return table


def _cells(cases: Cases, column: str) -> NDArray[np.object_]:
    return cases.frame[column].to_numpy() if column in cases.frame else np.full(len(cases), "", dtype=object)
