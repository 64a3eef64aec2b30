"""The rule moves as a whole: margins, the number that reaches a goal, and how many eyes it takes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit

from fundusfm.evaluation.local.rule import eyes_needed, half_width_of, margins, moved, shift_for
from fundusfm.evaluation.referral import referred

_RULE = {"D": 0.5, "G": 0.1}


def test_how_many_eyes_a_half_width_takes() -> None:
    assert eyes_needed(0.9, 0.1) == 35
    assert eyes_needed(0.8, 0.05) == 246
    assert half_width_of(0.9, 35) <= 0.1 < half_width_of(0.9, 34)


def test_the_strongest_label_decides() -> None:
    score = np.array([[0.5, 0.01, 0.9], [0.01, 0.5, 0.9]])
    assert margins(["D", "G", "N"], score, _RULE) == pytest.approx([0.0, np.log(9)])


@given(st.floats(0.05, 0.95), st.sampled_from(["specificity", "sensitivity"]), st.integers(0, 9))
def test_the_goal_is_kept_on_the_eyes_that_chose_it(target: float, goal: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    sick = np.arange(60) % 3 == 0
    score = expit(rng.normal(size=(60, 2)) + sick[:, None] - 1)
    shift = shift_for(margins(["D", "G"], score, _RULE), ~sick, sick, goal=goal, target=target)  # type: ignore[arg-type]
    passed = referred(["D", "G"], score, moved(_RULE, shift))
    assert (1 - passed[~sick].mean() if goal == "specificity" else passed[sick].mean()) >= target - 1e-9


def test_thresholds_keep_their_distance_in_logits() -> None:
    raised = moved(_RULE, 1.0)
    assert raised["D"] == pytest.approx(expit(1.0))
    assert moved(raised, -1.0) == pytest.approx(_RULE)
