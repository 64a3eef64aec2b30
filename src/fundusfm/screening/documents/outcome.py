"""The outcome for a person, in words, from the decisions about each photograph."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from fundusfm.screening.advice import COPY_AGAIN
from fundusfm.screening.referral import OTHER_EYE, eye_decision, person_decision

Kind = Literal["refer", "unsure", "again", "other", "none"]

OUTCOMES: dict[Kind, str] = {
    "refer": "Refer",
    "unsure": "Have it read",
    "again": "Take again",
    "other": "Not judged",
    "none": "No sign found",
}
"""What is to be done, worst first."""

SIDES = ("right", "left")
_OF_EYE: tuple[Kind, ...] = ("refer", "unsure", "none", "again", "other")
"""One photograph of an eye that could be judged is enough, so those that could not come last here."""


class Decided(Protocol):
    """A photograph and its decision; see `fundusfm.screening.verdict.Verdict`."""

    @property
    def eye(self) -> str:
        """`left` or `right`, empty where it is not stated."""

    @property
    def refer(self) -> str:
        """`yes`, `no`, `take_again` or `not_fundus`; empty where nothing was decided."""

    @property
    def uncertain(self) -> bool | None:
        """Whether the decision hangs on little."""

    @property
    def verdict(self) -> str:
        """The decision as a line of text."""


@dataclass(frozen=True)
class Outcome:
    """What is to be done about a person.

    Attributes:
        kind: About the worse eye.
        kinds: All that is to be done, worst first; more than one where the eyes differ.
        text: The same for each eye, in words.
        detail: Why, eye by eye.
    """

    kind: Kind
    kinds: tuple[Kind, ...]
    text: str
    detail: str


def kind_of(photograph: Decided) -> Kind:
    """Returns what is to be done about a photograph."""
    return kind_of_decision(_cells(photograph))


def kind_of_decision(cells: Mapping[str, Any]) -> Kind:
    """Returns what is to be done about a photograph, an eye or a person whose cells are `refer` and `uncertain`."""
    if cells["uncertain"]:
        return "unsure"
    kinds: dict[str, Kind] = {"yes": "refer", "no": "none", "take_again": "again"}
    return kinds.get(cells["refer"] or "", "other")


def rank_in_eye(photograph: Decided) -> int:
    """Returns a key that sorts the photographs of an eye: the one that decides comes first."""
    return _OF_EYE.index(kind_of(photograph))


def outcome_of(photographs: Sequence[Decided]) -> Outcome:
    """Says what is to be done about each eye, worst first, by the rule of `fundusfm.screening.referral`.

    An eye without a sign is passed over if another has one. Where it is the only eye, the person is not decided on.
    """
    by_eye: dict[str, list[Decided]] = {
        eye: [photograph for photograph in photographs if photograph.eye == eye] for eye in (*SIDES, "")
    }
    # Photographs of no stated eye may be of either, so each of them counts.
    rows = {eye: [_cells(photograph) for photograph in of_eye] for eye, of_eye in by_eye.items() if of_eye}
    eyes = {eye: {kind_of_decision(eye_decision(rows[eye]))} for eye in SIDES if by_eye[eye]}
    if by_eye[""]:
        eyes[""] = {kind_of(photograph) for photograph in by_eye[""]}
    kinds = [kind for kind in OUTCOMES if any(kind in found for found in eyes.values())]
    todo = tuple(kind for kind in kinds if kind != "none") or ("none",)
    alone = set(eyes) == {""}
    said = [_said(kind, {eye: by_eye[eye] for eye in eyes if kind in eyes[eye]}, alone=alone) for kind in todo]
    missing = [eye for eye in SIDES if eye not in eyes]
    if len(missing) == 1 and "" not in eyes:
        absent = f"no photograph of the {missing[0]} eye"
        if todo == ("none",):
            todo, said = ("other",), [f"Not decided: {absent}", f"{OUTCOMES['none']} in the {next(iter(eyes))} eye"]
        else:
            said.append(absent)
    elif todo == ("none",) and len(photographs) == 1:
        todo, said = ("other",), [f"Not decided: {OTHER_EYE}", f"{OUTCOMES['none']} in this one"]
    reasons = [
        (eye, why)
        for eye, found in eyes.items()
        for why in dict.fromkeys(_why(one) for one in by_eye[eye] if kind_of(one) in found and kind_of(one) != "none")
        if why
    ]
    return Outcome(
        kind=kind_of_decision(person_decision(rows)),
        kinds=todo,
        text="; ".join(part if place == 0 else part[0].lower() + part[1:] for place, part in enumerate(said)),
        detail="; ".join(
            f"{eye} eye: {why}" if eye else why if alone else f"eye not stated: {why}" for eye, why in reasons
        ),
    )


def _cells(photograph: Decided) -> dict[str, Any]:
    return {"refer": photograph.refer or None, "why": "", "uncertain": photograph.uncertain}


def _said(kind: Kind, eyes: Mapping[str, Sequence[Decided]], *, alone: bool) -> str:
    """Returns one thing that is to be done, and for which eyes, of which the photographs are given."""
    todo = OUTCOMES[kind]
    unseen = [one.verdict for photographs in eyes.values() for one in photographs if kind_of(one) == "other"]
    if kind == "other" and all(verdict.startswith(COPY_AGAIN) for verdict in unseen):
        todo = COPY_AGAIN
    if kind == "none":
        return OUTCOMES[kind] + (" in either eye" if len(eyes) == len(SIDES) and "" not in eyes else "")
    if alone:
        return todo
    both = ["both eyes"] if set(SIDES) <= set(eyes) else [f"{eye} eye" for eye in eyes if eye]
    return f"{todo}: {' and '.join([*both, *(['eye not stated'] if '' in eyes else [])])}"


def _why(photograph: Decided) -> str:
    """Returns what follows the colon of a verdict; one without a colon says it all."""
    why = photograph.verdict.removesuffix("; have it read")
    return why.split(": ", 1)[-1]
