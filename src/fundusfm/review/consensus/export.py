"""The work of `fundusfm review export`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from fundusfm.config.serve import ReviewExportConfig
from fundusfm.errors import ConfigError
from fundusfm.review.consensus.agreement import (
    blind_readings,
    change_table,
    model_table,
    reader_table,
    time_table,
)
from fundusfm.review.consensus.page import write_agreement_page
from fundusfm.review.consensus.votes import Opinion, opinions
from fundusfm.review.record import Grade, ReviewPhotograph, open_record
from fundusfm.runs import write_atomic

_NOT_READ = "not read"
_GENERATED = (".probability", ".score", ".doubt", ".suggested", ".decision", ".uncertain")
_OF_TOOLS = ("rank", "doubt", "disputed", "reasons", "status", "reason", "refer", "why", "uncertain", "source")


@dataclass(frozen=True)
class ReviewExport:
    """What a review found.

    Attributes:
        path: Folder that it was written to.
        consensus: One row per row of the table, with the labels that hold, as `consensus.csv`.
        votes: Every grade that was given, undone ones too, as `votes.csv`.
        readers: Agreement between readers, as `readers.csv`.
        model: The model against the readers, as `model.csv`.
        changes: How often labels changed, as `changes.csv`.
        times: Time per photograph, as `times.csv`.
        changed_after: Grades that were changed after the scores were seen; they count for the consensus alone.
    """

    path: Path
    consensus: pd.DataFrame
    votes: pd.DataFrame
    readers: pd.DataFrame
    model: pd.DataFrame
    changes: pd.DataFrame
    times: pd.DataFrame
    changed_after: int


def run_export(config: ReviewExportConfig) -> ReviewExport:
    """Runs the command; see `fundusfm.commands` for results and errors."""
    record = open_record(config.folder)
    try:
        labels, every = record.labels, record.grades(undone=True)
        photographs = {one.id: one for one in record.photographs()}
    finally:
        record.close()
    # Earlier versions took grades of photographs that nobody can have seen; votes.csv keeps them, nothing counts them.
    seen = [grade for grade in every if not photographs[grade.photograph].listed.lost]
    grades = [grade for grade in seen if not grade.undone]
    if not grades:
        raise ConfigError(f"Nobody has graded a photograph of {config.folder} yet, so there is nothing to export.")
    said, readings = opinions(grades), blind_readings(seen)
    out = Path(config.out) if config.out else Path(config.folder) / "export"
    out.mkdir(parents=True, exist_ok=True)
    found = ReviewExport(
        out,
        consensus_table(list(photographs.values()), said, labels),
        votes_table(every, photographs, labels),
        reader_table(readings, photographs, labels, seed=config.seed),
        model_table(readings, said, photographs, labels, seed=config.seed),
        change_table(said, photographs, labels),
        time_table(seen),
        sum(grade.kind == "revision" for grade in grades),
    )
    tables = {"consensus": found.consensus, "votes": found.votes, "readers": found.readers, "model": found.model,
              "changes": found.changes, "times": found.times}  # fmt: skip
    for name, table in tables.items():
        write_atomic(out / f"{name}.csv", table.to_csv(index=False, lineterminator="\n", float_format="%.6g"))
    write_agreement_page(out / "agreement.html", found)
    print(f"{len(said)} photographs read by {', '.join(sorted(readings)) or 'nobody'}: {out / 'consensus.csv'}, "
          f"{out / 'agreement.html'}")  # fmt: skip
    return found


def consensus_table(
    photographs: Sequence[ReviewPhotograph], said: Mapping[int, Opinion], labels: Sequence[str]
) -> pd.DataFrame:
    """Returns the table that was reviewed with the labels that hold now, as a manifest.

    `image` is the path at which the file was found. Each label has its value before as `LABEL.given`, every reader's
    vote as `LABEL.votes`, and how the value was found as `LABEL.how`; a photograph that nobody read keeps its label.
    """
    rows = []
    for one in photographs:
        opinion = said.get(one.id)
        made = {f"{label}{kind}" for label in labels for kind in _GENERATED}
        row = {key: cell for key, cell in one.listed.row.items() if key not in made and key not in _OF_TOOLS}
        row["image"] = one.listed.path or one.listed.image
        for label in labels:
            value, how = opinion.agreed(label) if opinion else (one.listed.given.get(label), _NOT_READ)
            row[label] = _cell(value)
            row[f"{label}.given"] = _cell(one.listed.given.get(label))
            row[f"{label}.votes"] = _votes(opinion, label)
            row[f"{label}.how"] = how
        votes = list(opinion.votes.values()) if opinion else []
        if opinion and opinion.adjudication:
            votes.append(opinion.adjudication)
        row["review.quality"] = "; ".join(f"{grade.reader}={grade.quality}" for grade in votes)
        row["review.comments"] = "; ".join(f"{grade.reader}: {grade.comment}" for grade in votes if grade.comment)
        row["review.reason"] = one.listed.reason
        rows.append(row)
    return pd.DataFrame(rows).fillna("")


def _votes(opinion: Opinion | None, label: str) -> str:
    if opinion is None:
        return ""
    votes = [*opinion.votes.values(), *([opinion.adjudication] if opinion.adjudication else [])]
    names = [f"{grade.reader} (adjudication)" if grade is opinion.adjudication else grade.reader for grade in votes]
    return "; ".join(
        f"{name}={_cell(grade.labels.get(label)) or '?'}" for name, grade in zip(names, votes, strict=True)
    )


def votes_table(
    grades: Sequence[Grade], photographs: Mapping[int, ReviewPhotograph], labels: Sequence[str]
) -> pd.DataFrame:
    """Returns every grade as a row, in the order in which they were given."""
    return pd.DataFrame(
        [
            {
                "grade": grade.id, "image": photographs[grade.photograph].listed.image, "reader": grade.reader,
                "kind": grade.kind, **{label: _cell(grade.labels.get(label)) for label in labels},
                "quality": grade.quality, "comment": grade.comment, "seconds": grade.seconds, "at": grade.at,
                "undone": int(grade.undone),
            }
            for grade in grades
        ]
    )  # fmt: skip


def _cell(value: int | None) -> str:
    return "" if value is None else str(value)
