"""One label from the grades of all readers: each reader's last grade, disagreements, and the outcome."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from fundusfm.review.record import ADJUDICATION, Grade

UNGRADABLE = "ungradable"


@dataclass(frozen=True)
class Opinion:
    """What the readers say of one photograph.

    Attributes:
        votes: Reader to the last grade that is not an adjudication.
        adjudication: The last adjudication; None without one.
    """

    votes: dict[str, Grade]
    adjudication: Grade | None

    def differs(self, labels: Sequence[str]) -> bool:
        """Whether readers contradict each other in a label, or in whether the photograph can be graded."""
        if len({grade.quality == UNGRADABLE for grade in self.votes.values()}) > 1:
            return True
        return any(len(self.said(label)) > 1 for label in labels)

    def said(self, label: str) -> set[int]:
        """Returns the values that readers gave a label."""
        values = (grade.labels.get(label) for grade in self.votes.values())
        return {value for value in values if value is not None}

    def agreed(self, label: str) -> tuple[int | None, str]:
        """Returns the value of a label that holds, None where it is open, and how it was found.

        How is `adjudicated`, `unanimous`, `single` (one reader), `majority`, or `open`: no reader could tell, or as
        many say yes as no.
        """
        if self.adjudication is not None:
            value = self.adjudication.labels.get(label)
            return value, "open" if value is None else "adjudicated"
        values = [value for grade in self.votes.values() if (value := grade.labels.get(label)) is not None]
        if not values:
            return None, "open"
        if len(set(values)) == 1:
            return values[0], "single" if len(values) == 1 else "unanimous"
        yes = sum(values)
        return (None, "open") if 2 * yes == len(values) else (int(2 * yes > len(values)), "majority")


def opinions(grades: Iterable[Grade]) -> dict[int, Opinion]:
    """Returns what is said of each photograph that has been read; undone grades do not count."""
    votes: dict[int, dict[str, Grade]] = {}
    settled: dict[int, Grade] = {}
    for grade in grades:
        if grade.undone:
            continue
        if grade.kind == ADJUDICATION:
            settled[grade.photograph] = grade
        else:
            votes.setdefault(grade.photograph, {})[grade.reader] = grade
    return {number: Opinion(votes.get(number, {}), settled.get(number)) for number in sorted({*votes, *settled})}
