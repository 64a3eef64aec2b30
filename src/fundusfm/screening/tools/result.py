"""One row of a results table, as the formats of other tools need it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from fundusfm.errors import ConfigError
from fundusfm.screening.referral import NO_FUNDUS, TAKE_AGAIN

_PROBABILITY = ".probability"

DECISIONS = {"yes": "refer", "no": "no referral", TAKE_AGAIN: "take again", NO_FUNDUS: "no fundus photograph"}
"""What is said of a photograph as a whole, by the cell `refer`."""

_BY_STATUS = {"ungradable": DECISIONS[TAKE_AGAIN], "not_fundus": DECISIONS[NO_FUNDUS], "failed": "unreadable"}
"""The same, where a model has no referral rule."""

VERDICTS = tuple(dict.fromkeys((*DECISIONS.values(), *_BY_STATUS.values())))


@dataclass(frozen=True)
class LabelSaid:
    """One label of a photograph.

    Attributes:
        probability: Calibrated, 0..1.
        decision: Whether the score reaches the operating point; None where the model has none.
        uncertain: Whether the score is close to it.
    """

    probability: float
    decision: bool | None
    uncertain: bool


@dataclass(frozen=True)
class ResultRow:
    """What was said of one photograph.

    Attributes:
        name: Its name in the table.
        path: Its file, absolute.
        verdict: One of `VERDICTS`; empty where the model has no referral rule and the photograph can be read.
        why: Names of the labels that are the reason, or what is wrong with the photograph.
        quality: 0..1; None where nothing could be decoded.
        labels: What was said of each label; empty where the photograph was not scored.
        model: Name of the model and the beginning of the hash of its weights.
    """

    name: str
    path: Path
    verdict: str
    why: str
    quality: float | None
    labels: dict[str, LabelSaid]
    model: str


def label_names(table: pd.DataFrame) -> list[str]:
    """Returns the labels that a results table has probabilities of."""
    return [str(column).removesuffix(_PROBABILITY) for column in table if str(column).endswith(_PROBABILITY)]


def result_rows(table: pd.DataFrame, roots: Sequence[Path]) -> tuple[list[ResultRow], list[str]]:
    """Reads the rows whose photograph is a file of its own.

    Args:
        table: A results table of photographs.
        roots: Folders in which relative paths are looked for, in this order.

    Returns:
        The rows, and the names of the photographs that are left out: pages of a file, members of an archive, and files
        that are not there.

    Raises:
        ConfigError: The table is one of eyes or persons, or has no probabilities.
    """
    labels = label_names(table)
    if "image" not in table or not labels:
        raise ConfigError(
            f"The table has no column {'image' if labels else 'LABEL.probability'}: give the table of photographs that "
            "fundusfm predict --out wrote."
        )
    rows, left_out = [], []
    for cells in table.astype(object).where(table.notna(), None).to_dict("records"):
        name = str(cells["image"])
        places = (root / name for root in roots)
        if (path := next((place.resolve() for place in places if place.is_file()), None)) is None:
            left_out.append(name)
        else:
            rows.append(_row({str(column): cell for column, cell in cells.items()}, path, labels))
    return rows, left_out


def _row(cells: dict[str, object], path: Path, labels: Sequence[str]) -> ResultRow:
    said, quality = cells.get("refer"), cells.get("quality")
    weights = str(cells.get("weights_sha256") or "")[:12]
    return ResultRow(
        name=str(cells["image"]),
        path=path,
        verdict=DECISIONS.get(str(said), "") if said else _BY_STATUS.get(str(cells.get("status")), ""),
        why=str(cells.get("why") or cells.get("reason") or ""),
        quality=float(str(quality)) if quality is not None else None,
        labels={
            label: LabelSaid(
                float(str(probability)),
                None if (decision := cells.get(f"{label}.decision")) is None else bool(decision),
                bool(cells.get(f"{label}.uncertain")),
            )
            for label in labels
            if (probability := cells.get(label + _PROBABILITY)) is not None
        },
        model=f"{cells.get('model') or 'fundusfm'} {weights}".strip(),
    )
