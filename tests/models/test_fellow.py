"""Scores from both eyes: which photograph is the fellow, and that nothing changes without one."""

import numpy as np

from fundusfm.models.card.both_eyes import BothEyes, FellowWeights
from fundusfm.models.fellow import both_eyes_scores, fellow_logits

TERM = BothEyes(weights={"G": FellowWeights(own=0.8, fellow=0.4, bias=-0.1, temperature=2.0, shift=0.3)}, eyes=100)


def test_the_fellow_is_the_other_eye_of_the_same_person() -> None:
    people = ["a", "a", "b", "b", "c", "", "", "a"]
    eyes = ["left", "right", "left", "left", "right", "left", "right", ""]
    logits = np.arange(8, dtype=float)[:, None]
    found = fellow_logits(people, eyes, logits)[:, 0]
    assert found[0] == 1 and found[1] == 0
    assert np.isnan(found[2:]).all()  # one eye only, nobody named, eye not known


def test_several_photographs_of_the_fellow_eye_are_averaged() -> None:
    found = fellow_logits(["a", "a", "a"], ["left", "right", "right"], np.array([[5.0], [1.0], [3.0]]))
    assert found[:, 0].tolist() == [2.0, 5.0, 5.0]


def test_without_a_fellow_nothing_changes_to_the_last_bit() -> None:
    rng = np.random.default_rng(0)
    scores, probabilities = rng.random((5, 2)), rng.random((5, 2))
    found = both_eyes_scores(TERM, ["G", "D"], scores, probabilities, np.full((5, 2), np.nan))
    assert (found[0] == scores).all() and (found[1] == probabilities).all()


def test_labels_with_weights_take_in_the_fellow() -> None:
    scores = np.array([[0.5, 0.2]])
    found, calibrated = both_eyes_scores(TERM, ["G", "D"], scores, scores, np.array([[1.0, 1.0]]))
    logit = 0.4 - 0.1
    assert np.isclose(found[0, 0], 1 / (1 + np.exp(-logit))) and found[0, 1] == 0.2
    assert np.isclose(calibrated[0, 0], 1 / (1 + np.exp(-(logit / 2 + 0.3)))) and calibrated[0, 1] == 0.2
