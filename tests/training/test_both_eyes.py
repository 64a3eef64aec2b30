"""`probe --both-eyes`: the term in the card, its columns and figures, and the data that it refuses."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import fundusfm
from fundusfm.data.manifest.labels import Targets
from fundusfm.errors import ConfigError
from fundusfm.evaluation.crossfit import cross_fitted, final_calibration
from fundusfm.evaluation.referral import fit_rule
from fundusfm.models.card.schema import Card
from fundusfm.training.both_eyes import measure_both_eyes
from fundusfm.training.cohort import Cohort

_PEOPLE = 300


class _Table:
    """A store of which only the table is read."""

    def __init__(self, name: str, frame: pd.DataFrame) -> None:
        self.name, self.path, self.frame = name, name, frame


def _cohort(name: str, seed: int) -> tuple[Cohort, pd.DataFrame]:
    """Returns people whose eyes are alike and noisy scores of them; the last ten have one eye."""
    rng = np.random.default_rng(seed)
    person = np.repeat(np.arange(_PEOPLE), 2)
    truth = np.repeat(rng.random(_PEOPLE) < 0.4, 2).astype(float)
    score = 1 / (1 + np.exp(-(1.2 * truth + rng.normal(size=2 * _PEOPLE) - 0.6)))
    frame = pd.DataFrame(
        {
            "image": [f"{name}{row}.jpg" for row in range(2 * _PEOPLE)],
            "patient": [f"{name}{one}" for one in person],
            "eye": ["left", "right"] * _PEOPLE,
        }
    )
    kept = np.r_[: 2 * _PEOPLE - 20, 2 * _PEOPLE - 20 : 2 * _PEOPLE : 2]
    frame, truth, score, person = frame.iloc[kept].reset_index(drop=True), truth[kept], score[kept], person[kept]
    targets = Targets(["abnormal"], truth[:, None].astype(np.float32), "binary", [], False)
    cohort = Cohort(_Table(name, frame), np.arange(len(frame)), targets, frame["patient"].to_numpy(object))  # type: ignore[arg-type]
    predictions = frame.drop(columns="eye").assign(
        set="cv" if name == "folds" else name,
        dataset=name,
        label="abnormal",
        fold=person % 5 + 1 if name == "folds" else -1,
        truth=truth,
        score=score,
    )
    return cohort, predictions


def test_both_eyes_gain_and_the_rule_keeps_its_specificity() -> None:
    (training, folds), (clinic, outside) = _cohort("folds", 0), _cohort("clinic", 1)
    predictions = cross_fitted(pd.concat([folds, outside], ignore_index=True), task="binary")
    points = final_calibration(predictions, task="binary").operating_points
    rule, predictions = fit_rule(predictions, goal="specificity", target=0.8)
    found = measure_both_eyes(predictions, [training, clinic], rule, task="binary", operating_points=points, seed=0)
    assert found.term is not None and found.term.eyes == 2 * _PEOPLE - 20
    for name, gained in (("cv", found.metrics["cv"]), ("clinic", found.metrics["external"]["clinic"])):
        paired = found.metrics["paired"][name]["abnormal"]["bootstrap"]
        assert paired["difference"] > 0.04 and paired["low"] > 0
        assert gained["abnormal"]["auroc"]["mean" if name == "cv" else "value"] == pytest.approx(paired["a"])
    assert found.metrics["with_a_fellow"] == {"cv": 2 * _PEOPLE - 20, "clinic": 2 * _PEOPLE - 20}
    assert found.term.specificity is not None and abs(found.term.specificity.value - 0.8) < 0.04
    assert rule is not None and rule.sensitivity is not None and found.term.sensitivity is not None
    assert found.term.sensitivity.value > rule.sensitivity.value + 0.05
    alone = found.predictions["patient"].map(found.predictions["patient"].value_counts()) == 1
    assert (found.predictions["score_both_eyes"].isna() == alone).all()
    assert (found.predictions["score"] == predictions["score"]).all()


def test_a_probe_writes_the_term_and_resumes_equal(store: Path, tmp_path: Path) -> None:
    options = {
        "data": str(store), "labels": ["abnormal"], "weights": "scratch", "backbone": "test_resnet", "folds": 3
    }  # fmt: skip
    both = fundusfm.probe(**options, both_eyes=True, out=str(tmp_path / "both"))
    cv = both.predictions
    assert cv.groupby("patient")["fold"].nunique().max() == 1  # fellow eyes are in one fold
    assert {"cv", "paired", "with_a_fellow"} <= set(both.metrics["both_eyes"])
    card = Card.read(tmp_path / "both" / "bundle" / "card.json")
    assert ("both_eyes" in card.metrics) and card.as_start().both_eyes is None
    if card.both_eyes is not None:
        assert set(card.both_eyes.weights) == {"abnormal"}
    (tmp_path / "both" / "metrics.json").unlink()  # killed before the last file
    again = fundusfm.probe(**options, both_eyes=True, out=str(tmp_path / "both"), resume=True)
    pd.testing.assert_frame_equal(again.predictions, cv)


def test_data_without_fellow_eyes_is_refused(store: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"--both-eyes: no row of .* has a fellow eye"):
        fundusfm.probe(
            data=str(store), labels=["abnormal"], weights="scratch", backbone="test_resnet", folds=2,
            select="eye == 'left'", both_eyes=True, out=str(tmp_path / "run"),
        )  # fmt: skip
    with pytest.raises(ConfigError, match="--both-eyes goes with --task binary or multilabel"):
        fundusfm.probe(
            data=str(store), labels=["dr_grade"], task="multiclass", weights="scratch", both_eyes=True,
            out=str(tmp_path / "run"),
        )  # fmt: skip
