"""The reporting checklists CLAIM 2024, STARD-AI and TRIPOD+AI, each item with where it is answered.

Item numbers follow CLAIM 2024 (Tejani et al., Radiology: Artificial Intelligence 6:e240300, 2024), STARD-AI
(Sounderajah et al., Nature Medicine 31:3283, 2025) and TRIPOD+AI (Collins et al., BMJ 385:e078378, 2024). Subjects are
in our own words: the published text decides.
"""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

from fundusfm.report.evidence.facts import Known

NOT_REPORTED = "not reported"


@dataclass(frozen=True)
class ChecklistItem:
    """One item of a checklist.

    Attributes:
        guideline: Name of the checklist.
        number: Number of the item, such as `15b`.
        section: Section of a paper that the item belongs to.
        subject: What it asks for.
        facts: Names of the facts that answer it; see `fundusfm.report.evidence.facts`.
    """

    guideline: str
    number: str
    section: str
    subject: str
    facts: tuple[str, ...]


@dataclass(frozen=True)
class Answer:
    """An item and what is known about it.

    Attributes:
        item: The item.
        where: Where it is answered, or `not reported`.
        what: What stands there; empty where it is not reported.
    """

    item: ChecklistItem
    where: str
    what: str

    @property
    def reported(self) -> bool:
        """Whether anything is known."""
        return self.where != NOT_REPORTED

    def plain(self) -> dict[str, str]:
        """Returns the answer as a row of a table."""
        item = self.item
        return {
            "guideline": item.guideline,
            "item": item.number,
            "section": item.section,
            "subject": item.subject,
            "where": self.where,
            "what": self.what,
        }


@cache
def checklist_items() -> tuple[ChecklistItem, ...]:
    """Returns the items of all checklists, in order."""
    content = resources.files("fundusfm.report.evidence").joinpath("checklists.csv").read_text(encoding="utf-8")
    return tuple(
        ChecklistItem(
            row["guideline"],
            row["item"],
            row["section"],
            row["subject"],
            tuple(name for name in row["facts"].split(";") if name),
        )
        for row in csv.DictReader(content.splitlines())
    )


def filled(facts: Mapping[str, Sequence[Known]]) -> list[Answer]:
    """Returns every item with what is known about it."""
    answers = []
    for item in checklist_items():
        found = [known for name in item.facts for known in facts[name]]
        where = "; ".join(dict.fromkeys(known.where for known in found)) or NOT_REPORTED
        answers.append(Answer(item, where, "; ".join(dict.fromkeys(known.what for known in found))))
    return answers
