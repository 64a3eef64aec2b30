"""Temperatures from the card, as the evaluation fits them."""

from collections.abc import Callable

import numpy as np

from fundusfm.models.bundle import Bundle
from fundusfm.models.calibrate import apply_temperature, probabilities

SCORES = np.array([[0.1, 0.2, 0.7], [0.6, 0.3, 0.1], [0.0, 0.0, 1.0]])


def test_without_temperature_scores_stay(make_bundle: Callable[..., Bundle]) -> None:
    assert probabilities(SCORES, make_bundle().card) is SCORES


def test_per_label(make_bundle: Callable[..., Bundle]) -> None:
    card = make_bundle(labels=("a", "b", "c")).card.model_copy(update={"temperature": {"a": 2.0, "b": 0.5}})
    found = probabilities(SCORES, card)
    for place, temperature in enumerate((2.0, 0.5, 1.0)):
        expected = apply_temperature(SCORES[:, place], temperature, "multilabel")
        np.testing.assert_allclose(found[:, place], expected, atol=1e-6)


def test_multiclass(make_bundle: Callable[..., Bundle]) -> None:
    card = make_bundle(labels=("a", "b", "c")).card.model_copy(update={"temperature": {"*": 2.0}, "task": "multiclass"})
    found = probabilities(SCORES, card)
    np.testing.assert_allclose(found, apply_temperature(SCORES, 2.0, "multiclass"), atol=1e-6)
    np.testing.assert_allclose(found.sum(axis=1), 1)
