"""The next task of a reader: photographs to read, disagreements to settle, and the progress of the review."""

from dataclasses import dataclass

from fundusfm.errors import DecodeError
from fundusfm.review.consensus.votes import Opinion, opinions
from fundusfm.review.pictures import View, picture
from fundusfm.review.record import ADJUDICATION, ReviewPhotograph, ReviewRecord


@dataclass(frozen=True)
class Progress:
    """How far a review has come.

    Attributes:
        photographs: To be read.
        left_out: Photographs that are not read because their files cannot be opened, as far as that is known.
        read: Read by this reader.
        by_reader: Reader to number read.
        disagreements: Photographs on which readers differ and nobody has decided.
        adjudicated: Photographs that somebody has decided.
    """

    photographs: int
    left_out: int
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
        every = record.photographs()
        self._lost = {one.id: one for one in every if one.listed.lost}
        self._asked = [one for one in every if one.listed.reason]

    @property
    def _queue(self) -> list[ReviewPhotograph]:
        return [one for one in self._asked if one.id not in self._lost]

    def left_out(self) -> list[ReviewPhotograph]:
        """Returns the photographs whose files cannot be opened, as far as that is known; nobody is asked for them."""
        return [self._lost[number] for number in sorted(self._lost)]

    def picture(self, photograph: ReviewPhotograph, view: View = "colour") -> bytes | None:
        """Returns a photograph as JPEG; None where its file cannot be opened, and it is left out from then on."""
        if photograph.id in self._lost:
            return None
        try:
            return picture(photograph.listed.path, view)
        except DecodeError:
            self._lost[photograph.id] = photograph
            return None

    def next_to_read(self, reader: str) -> ReviewPhotograph | None:
        """Returns the first photograph that a reader has neither read nor settled; None at the end.

        Its picture is made at once, so that a file that cannot be opened is never asked for.
        """
        done = {grade.photograph for grade in self.record.grades() if grade.reader == reader}
        return next((one for one in self._queue if one.id not in done and self.picture(one)), None)

    def disagreements(self) -> list[tuple[ReviewPhotograph, Opinion]]:
        """Returns the photographs on which readers differ and that nobody has settled, with what they said."""
        found = opinions(self.record.grades())
        return [
            (one, found[one.id])
            for one in self._queue
            if one.id in found and found[one.id].adjudication is None and found[one.id].differs(self.labels)
        ]

    def of_person(self, photograph: ReviewPhotograph) -> list[ReviewPhotograph]:
        """Returns the photographs of the same person that can be shown, the right eye first, as one sees a face."""
        of_person = self.record.photographs("person = ?", photograph.listed.person)
        shown = [one for one in of_person if one.listed.path and one.id not in self._lost]
        found = shown if photograph in shown else [*shown, photograph]
        return sorted(found, key=lambda one: {"right": 0, "left": 1}.get(one.listed.eye, 2))

    def progress(self, reader: str) -> Progress:
        """Returns how far the review has come."""
        queue = {one.id for one in self._queue}
        grades = [grade for grade in self.record.grades() if grade.photograph in queue]
        read: dict[str, set[int]] = {}
        for grade in grades:
            if grade.kind != ADJUDICATION:
                read.setdefault(grade.reader, set()).add(grade.photograph)
        return Progress(
            photographs=len(queue),
            left_out=len(self._lost),
            read=len(read.get(reader, ())),
            by_reader={name: len(numbers) for name, numbers in sorted(read.items())},
            disagreements=len(self.disagreements()),
            adjudicated=len({grade.photograph for grade in grades if grade.kind == ADJUDICATION}),
        )
