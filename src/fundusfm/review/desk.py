"""What a reader does next: photographs to read, disagreements to settle, and how far the review has come."""

from dataclasses import dataclass

from fundusfm.review.consensus.votes import Opinion, opinions
from fundusfm.review.record import ADJUDICATION, ReviewPhotograph, ReviewRecord


@dataclass(frozen=True)
class Progress:
    """How far a review has come.

    Attributes:
        photographs: To be read.
        read: Read by this reader.
        by_reader: Reader to number read.
        disagreements: Photographs on which readers differ and nobody has decided.
        adjudicated: Photographs that somebody has decided.
    """

    photographs: int
    read: int
    by_reader: dict[str, int]
    disagreements: int
    adjudicated: int


class Desk:
    """The work of a review.

    Args:
        record: Its file.
    """

    def __init__(self, record: ReviewRecord) -> None:
        self.record = record
        self.labels = record.labels
        self._queue = record.photographs("reason != ''")

    def next_to_read(self, reader: str) -> ReviewPhotograph | None:
        """Returns the first photograph that a reader has neither read nor settled; None at the end."""
        done = {grade.photograph for grade in self.record.grades() if grade.reader == reader}
        return next((one for one in self._queue if one.id not in done), None)

    def disagreements(self) -> list[tuple[ReviewPhotograph, Opinion]]:
        """Returns the photographs on which readers differ and that nobody has settled, with what they said."""
        found = opinions(self.record.grades())
        return [
            (one, found[one.id])
            for one in self._queue
            if one.id in found and found[one.id].adjudication is None and found[one.id].differs(self.labels)
        ]

    def of_person(self, photograph: ReviewPhotograph) -> list[ReviewPhotograph]:
        """Returns all photographs of the same person, the right eye first, as one sees a face."""
        found = self.record.photographs("person = ?", photograph.listed.person)
        return sorted(found, key=lambda one: {"right": 0, "left": 1}.get(one.listed.eye, 2))

    def has_read(self, reader: str, photograph: int) -> bool:
        """Whether a reader has graded a photograph, so that scores may be shown."""
        return any(grade.reader == reader and grade.photograph == photograph for grade in self.record.grades())

    def progress(self, reader: str) -> Progress:
        """Returns how far the review has come."""
        grades = self.record.grades()
        read: dict[str, set[int]] = {}
        for grade in grades:
            if grade.kind != ADJUDICATION:
                read.setdefault(grade.reader, set()).add(grade.photograph)
        return Progress(
            photographs=len(self._queue),
            read=len(read.get(reader, ())),
            by_reader={name: len(numbers) for name, numbers in sorted(read.items())},
            disagreements=len(self.disagreements()),
            adjudicated=len({grade.photograph for grade in grades if grade.kind == ADJUDICATION}),
        )
