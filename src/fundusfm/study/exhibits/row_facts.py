"""What is to be said of a row of a table besides its numbers: what it learnt from, and whether it saw the answers."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pandas as pd

from fundusfm.report import text
from fundusfm.report.read import Run, read_run
from fundusfm.report.tables import PageCell
from fundusfm.study.exhibits.exhibit import Exhibit
from fundusfm.study.matrix import Cell


@dataclass(frozen=True)
class RowFacts:
    """One row, by strategy or name, and method.

    Attributes:
        warning: What the runs say of photographs that their weights were trained on; empty where they are all unseen.
        photographs: From how many the task was learnt; 0 where it is not known, as below.
        patients: Whose they are.
        upstream_photographs: On how many fundus photographs the weights were trained before, as far as they say.
        upstream_patients: Whose they are.
    """

    warning: str = ""
    photographs: int = 0
    patients: int = 0
    upstream_photographs: int = 0
    upstream_patients: int = 0

    @property
    def trained(self) -> str:
        """The sizes in words; empty where they are not known."""
        if not self.photographs:
            return ""
        said = f"trained on {_people(self.photographs, self.patients)}"
        before = _people(self.upstream_photographs, self.upstream_patients)
        return f"{said}, upstream on {before}" if self.upstream_photographs else said

    @property
    def cell(self) -> PageCell:
        """The sizes as a cell of the column `TRAINED_ON`."""
        if not self.photographs:
            return PageCell(text.DASH)
        before = _counts(self.upstream_photographs, self.upstream_patients)
        return PageCell(
            _counts(self.photographs, self.patients), f"upstream {before}" if self.upstream_photographs else ""
        )


TRAINED_ON = "Photographs (patients)"
"""Head of the column of what rows were trained on."""

Facts = Mapping[tuple[str, str], RowFacts]
"""Strategy or name, and method, to what is to be said of the row."""

NOTHING = RowFacts()
"""Of a row of which nothing is known."""
NO_FACTS: Facts = MappingProxyType({})
"""Of a table of whose rows nothing is known."""

_SIZES = ("photographs", "patients", "upstream_photographs", "upstream_patients")


def facts_of(runs: Mapping[Cell, Path]) -> dict[tuple[str, str], RowFacts]:
    """Returns the facts of the rows of a table; of several seeds, the sizes of the first and all warnings.

    Args:
        runs: Cell to its finished run folder.
    """
    found: dict[tuple[str, str], RowFacts] = {}
    for cell, folder in runs.items():
        facts = run_facts(read_run(folder))
        before = found.setdefault((cell.strategy, cell.method), facts)
        if facts.warning not in before.warning:
            warning = "; ".join(filter(None, [before.warning, facts.warning]))
            found[cell.strategy, cell.method] = replace(before, warning=warning)
    return found


def run_facts(run: Run) -> RowFacts:
    """Returns what a run says; its card names what its weights saw before, then what it learnt from itself."""
    data: list[dict[str, Any]] = run.card.get("training_data") or []
    sets = run.config.get("data")
    own = len(sets) if isinstance(sets, list) and run.command == "segment train" else 1
    parts = (data[-own:], _once(data[:-own]))
    sizes = [sum(int(entry[key]) for entry in part) for part in parts for key in ("rows", "patients")]
    return RowFacts("; ".join(run.unseen_notes), *sizes)


def _once(data: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Returns each data set once, with its most photographs: weights may have learnt from it in several steps."""
    largest: dict[tuple[Any, Any], dict[str, Any]] = {}
    for entry in data:
        key = entry.get("name"), entry.get("select")
        if key not in largest or int(entry["rows"]) > int(largest[key]["rows"]):
            largest[key] = entry
    return list(largest.values())


def warnings_of(facts: Facts) -> list[str]:
    """Returns a sentence for each row whose weights were trained on photographs that it was judged by."""
    return [
        f"† {name} ({text.method_name(method)}): {found.warning}. Its numbers are shown, and never counted as the best."
        for (name, method), found in facts.items()
        if found.warning
    ]


def with_facts(exhibit: Exhibit, facts: Facts) -> Exhibit:
    """Says below a table, and in its numbers, which rows are no results on unseen data, and what all learnt from."""
    if exhibit.table is not None:
        exhibit.table.legend = " ".join(filter(None, [exhibit.table.legend, *warnings_of(facts)]))
    return replace(exhibit, numbers=numbers_with_facts(exhibit.numbers, facts))


def numbers_with_facts(numbers: pd.DataFrame, facts: Facts) -> pd.DataFrame:
    """Adds the columns `warning`, `photographs`, `patients` and those of the upstream; empty where not known."""
    rows = [facts.get(row, NOTHING) for row in zip(numbers["strategy"], numbers["method"], strict=True)]
    sizes = {f"training_{name}": [getattr(row, name) or None for row in rows] for name in _SIZES}
    added = pd.DataFrame({"warning": [row.warning for row in rows], **sizes}, index=numbers.index)
    return numbers.join(added.astype(dict.fromkeys(sizes, "Int64")))


def _counts(photographs: int, patients: int) -> str:
    return f"{photographs} ({patients})" if patients else str(photographs)


def _people(photographs: int, patients: int) -> str:
    whose = f" of {patients} patient{'' if patients == 1 else 's'}" if patients else ""
    return f"{photographs} photograph{'' if photographs == 1 else 's'}{whose}"
