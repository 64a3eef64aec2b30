"""Both eyes of a person: photographs are scored alone first, and again with the fellow eye if it is known."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from fundusfm.data.inputs.photograph import Photograph
from fundusfm.data.inputs.source import Source
from fundusfm.models.fellow import FELLOW
from fundusfm.screening.screener import Screener

Row = dict[str, Any]

_PERSON = ("dataset", "patient", "visit")
"""Columns that say whose photograph it is: eyes are joined within a visit, where visits are known."""


class Fellows:
    """Which of some photographs show both eyes of a person.

    Args:
        listed: The photographs; a manifest's or DICOM header's columns say whose they are, and which eye.
        screener: What scores them; where its models have no term for both eyes, every photograph stands alone.
    """

    def __init__(self, listed: Sequence[Source | Photograph], screener: Screener) -> None:
        self._screener = screener
        self._person: dict[int, str] = {}
        self._eye: dict[int, str] = {}
        self._members: dict[str, list[int]] = {}
        if screener.ensemble.both_eyes is None:
            return
        for position, one in enumerate(listed):
            columns = one.columns if isinstance(one, Source) else {}
            eye = columns.get("eye", "")
            if columns.get("patient") and eye in FELLOW:
                self._person[position] = "\n".join(columns.get(name, "") for name in _PERSON)
                self._eye[position] = eye
        for position, person in self._person.items():
            self._members.setdefault(person, []).append(position)
        alone = {person for person, members in self._members.items() if len({self._eye[one] for one in members}) < 2}
        self._members = {person: members for person, members in self._members.items() if person not in alone}
        self._person = {place: person for place, person in self._person.items() if person not in alone}

    def in_order(self, positions: Iterable[int]) -> list[int]:
        """Returns positions so that the photographs of a person follow each other; else as they were given."""
        first = {person: members[0] for person, members in self._members.items()}
        return sorted(positions, key=lambda position: first.get(self._person.get(position, ""), position))

    def complete(
        self, found: Iterable[Sequence[tuple[int, Row]]], done: Mapping[int, Row]
    ) -> Iterator[list[tuple[int, Row, Row]]]:
        """Yields positions with two rows, from one eye and final, once all photographs of a person are scored.

        Args:
            found: Rows from one eye with their positions, in any order.
            done: Rows from one eye that an earlier run made.
        """
        waiting: dict[str, dict[int, Row]] = {}
        missing: dict[str, int] = {}
        for rows in found:
            ready: list[tuple[int, Row, Row]] = []
            for position, row in rows:
                person = self._person.get(position)
                if person is None:
                    ready.append((position, row, row))
                    continue
                if person not in missing:
                    missing[person] = sum(one not in done for one in self._members[person])
                waiting.setdefault(person, {})[position] = row
                missing[person] -= 1
                if not missing[person]:
                    fresh = waiting.pop(person)
                    earlier = {one: done[one] for one in self._members[person] if one in done}
                    final = self._judged(person, earlier | fresh)
                    ready += [(one, fresh[one], final[one]) for one in fresh]
            if ready:
                yield ready

    def final(self, rows: Mapping[int, Row], count: int) -> Iterator[Row]:
        """Yields the final row of each of `count` photographs, in order, from their rows from one eye."""
        return (self.row(rows, position) for position in range(count))

    def row(self, rows: Mapping[int, Row], position: int) -> Row:
        """Returns the final row of a photograph, from the rows from one eye of all of them."""
        person = self._person.get(position)
        if person is None:
            return rows[position]
        return self._judged(person, {one: rows[one] for one in self._members[person]})[position]

    def _judged(self, person: str, rows: Mapping[int, Row]) -> dict[int, Row]:
        members = list(rows)
        final = self._screener.with_fellows(
            [rows[one] for one in members], [person] * len(members), [self._eye[one] for one in members]
        )
        return dict(zip(members, final, strict=True))
