import numpy as np
import pandas as pd
import pytest

from fundusfm.errors import EvaluationError
from fundusfm.evaluation.calibration import fit_temperature
from fundusfm.evaluation.crossfit import cross_fitted, final_calibration
from fundusfm.evaluation.operating_points import operating_points


def test_a_fold_is_judged_by_the_others(predictions):
    found = cross_fitted(predictions, task="multilabel")
    label = found[(found["set"] == "cv") & (found["label"] == "a")]
    others, own = label[label["fold"] != 2], label[label["fold"] == 2]
    expected = operating_points(others["truth"], others["score"])
    assert set(own["threshold@youden"]) == {expected["youden"].threshold}
    assert set(own["threshold@specificity_0.95"]) == {expected["specificity_0.95"].threshold}
    temperature = fit_temperature(others["score"], others["truth"], "multilabel")
    logit = np.log(own["score"] / (1 - own["score"]))
    assert own["probability"].to_numpy() == pytest.approx(1 / (1 + np.exp(-logit / temperature)))


def test_changing_a_fold_does_not_change_its_own_thresholds(predictions):
    changed = predictions.copy()
    mask = (changed["set"] == "cv") & (changed["fold"] == 1)
    changed.loc[mask, "truth"] = 1 - changed.loc[mask, "truth"]
    before, after = (cross_fitted(rows, task="multilabel").loc[mask] for rows in (predictions, changed))
    columns = ["probability", "threshold@youden", "threshold@sensitivity_0.95"]
    pd.testing.assert_frame_equal(before[columns], after[columns])


def test_external_sets_use_all_folds_and_tune_nothing(predictions):
    final = final_calibration(predictions, task="multilabel")
    changed = predictions.copy()
    outside = changed["set"] == "abroad"
    changed.loc[outside, "truth"] = 1.0
    assert final_calibration(changed, task="multilabel") == final
    found = cross_fitted(changed, task="multilabel")[outside]
    for label, points in final.operating_points.items():
        assert set(found.loc[found["label"] == label, "threshold@youden"]) == {points["youden"].threshold}


def test_labels_have_temperatures_of_their_own_and_classes_share_one(predictions, multiclass):
    assert set(final_calibration(predictions, task="multilabel").temperature) == {"a", "b"}
    assert set(final_calibration(multiclass, task="multiclass").temperature) == {"*"}
    found = cross_fitted(multiclass, task="multiclass")
    assert found.groupby("image")["probability"].sum().to_numpy() == pytest.approx(np.ones(150))


def test_a_label_that_lacks_a_class_has_no_threshold(predictions):
    predictions.loc[predictions["label"] == "b", "truth"] = 0.0
    found = cross_fitted(predictions, task="multilabel")
    assert found.loc[found["label"] == "b", "threshold@youden"].isna().all()
    assert found["probability"].notna().all()
    assert final_calibration(predictions, task="multilabel").operating_points["b"] == {}


def test_the_input_is_left_as_it_is(predictions):
    before = predictions.copy()
    cross_fitted(predictions, task="multilabel")
    pd.testing.assert_frame_equal(predictions, before)


def test_external_predictions_alone_are_refused(predictions):
    with pytest.raises(EvaluationError, match="never to an external set"):
        cross_fitted(predictions[predictions["set"] == "abroad"], task="multilabel")
