"""The record of what has been painted."""

import numpy as np
from tests.data.synthetic.conftest import MakeCanvas

from fundusfm.data.synthetic.lesions.diseases import LESIONS


def test_marks_add_up_and_later_kinds_win(canvas: MakeCanvas) -> None:
    made = canvas()
    first = np.zeros((made.frame.side, made.frame.side), np.uint8)
    first[10:20, 10:20], first[20:22] = 200, 100
    made.mark("drusen", first)
    made.mark("drusen", np.roll(first, 10, axis=1))
    made.mark("microaneurysms", first)
    assert made.masks["drusen"].sum() == 200 and made.masks["microaneurysms"].sum() == 100
    field = np.ones_like(first, bool)
    field[:, 10:12] = False
    index = made.index(field)
    counts = {kind: int((index == number).sum()) for number, kind in enumerate(LESIONS, start=1)}
    assert counts["microaneurysms"] == 80 and counts["drusen"] == 100 and sum(counts.values()) == 180


def test_places_are_in_view_and_off_the_disc(canvas: MakeCanvas) -> None:
    made = canvas()
    points = made.place(50, made.posterior_pole)
    assert len(points) == 50
    assert made.frame.seen(points).all() and (np.hypot(*points.T) > 0.62).all()
    nowhere = made.place(3, lambda n: np.full((n, 2), 99.0))
    assert nowhere.shape == (1, 2) and made.frame.seen(nowhere, 0.0).all()


def test_severities_are_those_of_the_subject(canvas: MakeCanvas) -> None:
    assert canvas(amd=0.4).severity("amd") == 0.4 and canvas().severity("amd") is None
