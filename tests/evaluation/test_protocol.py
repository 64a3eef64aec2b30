import json

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import cohen_kappa_score, roc_auc_score

from fundusfm.evaluation.crossfit import cross_fitted, final_calibration
from fundusfm.evaluation.metrics import binary_metrics, expected_calibration_error
from fundusfm.evaluation.protocol import summarise
from fundusfm.models.card.schema import OperatingPoint
from fundusfm.runs import plain

QUICK = {"task": "multilabel", "repeats": 40}
METRICS = {
    "auroc",
    "auprc",
    "sensitivity",
    "specificity",
    "f1",
    "balanced_accuracy",
    "kappa",
    "brier",
    "ece",
    "prevalence",
    "n",
    "positives",
    "sensitivity@sensitivity_0.95",
    "specificity@sensitivity_0.95",
    "sensitivity@specificity_0.95",
    "specificity@specificity_0.95",
}


@pytest.fixture
def outside(predictions):
    return predictions[predictions["set"] == "abroad"]


def test_every_metric_has_every_key(predictions):
    found = summarise(predictions, **QUICK)
    assert set(found.cv) == {"a", "b", "macro"} == set(found.external["abroad"])
    assert set(found.cv["a"]) == METRICS == set(found.external["abroad"]["a"])
    for metric, cell in found.cv["a"].items():
        if metric == "ece":
            assert np.isnan(cell.low) and "no interval" in cell.reason
            continue
        assert len(cell.folds) == 5
        assert cell.low <= cell.value <= cell.high
    for metric, cell in found.external["abroad"]["b"].items():
        if metric == "ece":
            continue
        assert cell.low <= cell.value <= cell.high
    json.dumps(plain(found.plain()), allow_nan=False)


def test_cross_validation_is_the_mean_over_folds(predictions):
    found = summarise(predictions, **QUICK).cv["a"]["auroc"]
    rows = predictions[(predictions["set"] == "cv") & (predictions["label"] == "a")]
    expected = [roc_auc_score(part["truth"], part["score"]) for _, part in rows.groupby("fold")]
    assert found.folds == pytest.approx(expected)
    assert found.value == pytest.approx(np.mean(expected)) and found.std == pytest.approx(np.std(expected, ddof=1))


def test_the_calibration_error_of_the_folds_is_that_of_all_of_them_together(predictions):
    found = summarise(predictions, **QUICK).cv["a"]["ece"]
    fitted = cross_fitted(predictions, task="multilabel")
    rows = fitted[(fitted["set"] == "cv") & (fitted["label"] == "a")]
    expected = expected_calibration_error(rows["truth"].to_numpy(), rows["probability"].to_numpy())
    assert found.value == pytest.approx(expected) and found.value < min(found.folds)


def test_cross_fitted_predictions_are_taken_as_they_are(predictions):
    fitted = cross_fitted(predictions, task="multilabel")
    assert repr(summarise(fitted, **QUICK)) == repr(summarise(predictions, **QUICK))


def test_external_sets_are_judged_at_the_stored_points(predictions, outside):
    final = final_calibration(predictions, task="multilabel")
    found = summarise(outside, operating_points=final.operating_points, **QUICK).external["abroad"]["a"]
    rows = outside[outside["label"] == "a"]
    expected = binary_metrics(rows["truth"], rows["score"], threshold=final.operating_points["a"]["youden"].threshold)
    assert found["sensitivity"].value == expected["sensitivity"] and not found["sensitivity"].reason
    assert found["kappa"].value == pytest.approx(expected["kappa"])


def test_without_stored_points_half_is_used_and_said(outside):
    found = summarise(outside, **QUICK).external["abroad"]["a"]
    assert found["f1"].reason == "no stored operating point: judged at 0.5"
    rows = outside[outside["label"] == "a"]
    assert found["f1"].value == binary_metrics(rows["truth"], rows["score"], threshold=0.5)["f1"]
    assert found["auroc"].reason is None


def test_only_the_label_without_a_point_is_judged_at_half(outside):
    points = {"a": {"youden": OperatingPoint(threshold=0.9, sensitivity=0.5, specificity=0.5)}}
    found = summarise(outside, operating_points=points, **QUICK).external["abroad"]
    assert "stored" not in (found["a"]["kappa"].reason or "") and "0.5" in found["b"]["kappa"].reason


def test_a_fold_without_positives_is_left_out_and_named(predictions):
    predictions.loc[(predictions["fold"] == 3) & (predictions["label"] == "a"), "truth"] = 0.0
    found = summarise(predictions, **QUICK).cv["a"]["auroc"]
    assert np.isnan(found.folds[3]) and found.value == pytest.approx(np.nanmean(found.folds))
    assert found.reason.startswith("mean over 4 of 5 folds (fold 3: no positive among")


def test_an_absent_class_is_nan_with_its_reason_and_left_out_of_the_mean(predictions):
    predictions.loc[predictions["label"] == "b", "truth"] = 0.0
    found = summarise(predictions, **QUICK)
    cell = found.external["abroad"]["b"]["auroc"]
    assert np.isnan([cell.value, cell.low, cell.high]).all() and "no positive among 120" in cell.reason
    macro = found.external["abroad"]["macro"]["auroc"]
    assert macro.value == found.external["abroad"]["a"]["auroc"].value
    assert macro.reason == "mean over 1 of 2 labels (undefined: b)"
    assert np.isnan(found.cv["b"]["auroc"].value)
    assert plain(cell.plain())["value"] is None


def test_unknown_truth_is_masked(predictions):
    hidden = predictions["image"].isin([f"{row}.jpg" for row in range(40)]) & (predictions["label"] == "a")
    predictions.loc[hidden, "truth"] = np.nan
    found = summarise(predictions, **QUICK)
    assert found.external["abroad"]["a"]["n"].value == 80 and found.cv["a"]["n"].total == 80
    assert found.external["abroad"]["b"]["n"].value == 120


def test_macro_is_the_mean_over_labels(predictions):
    found = summarise(predictions, **QUICK)
    for part in (found.cv, found.external["abroad"]):
        mean = part["macro"]["auprc"]
        assert mean.value == pytest.approx(np.mean([part[label]["auprc"].value for label in "ab"]))
        assert mean.low <= mean.value <= mean.high


def test_subgroups(predictions):
    found = summarise(predictions, by=["sex", "age"], **QUICK).subgroups
    assert set(found) == {"cv", "abroad"} and set(found["cv"]) == {"sex", "age"}
    assert set(found["abroad"]["age"]) == {"<40", "40-59", "60+"}
    rows = predictions[(predictions["set"] == "abroad") & (predictions["label"] == "a") & (predictions["sex"] == "f")]
    cell = found["abroad"]["sex"]["f"]["a"]["auroc"]
    assert cell.value == pytest.approx(roc_auc_score(rows["truth"], rows["score"]))
    sizes = [found["cv"]["sex"][sex]["a"]["n"].value for sex in "fm"]
    assert sum(sizes) == 120


def test_small_subgroups_are_flagged(predictions):
    predictions["eye"] = np.where(predictions["image"] < "12.jpg", "left", "")
    found = summarise(predictions, by=["eye"], **QUICK).subgroups["cv"]["eye"]
    assert set(found) == {"left", "unknown"}
    assert "too few to rely on" in found["left"]["a"]["auroc"].reason
    assert found["left"]["a"]["n"].reason is None


def test_an_external_set_with_one_positive_patient_shows_no_number(outside):
    rows = outside[outside["label"] == "a"].copy()
    rows["truth"] = (rows["patient"] == "5").astype(float)
    rows["score"] = np.where(rows["truth"] == 1, 0.99, rows["score"])
    found = summarise(rows, **QUICK).external["abroad"]["a"]
    for metric in ("auroc", "auprc", "sensitivity", "f1", "kappa"):
        assert np.isnan([found[metric].value, found[metric].low, found[metric].high]).all(), metric
        assert found[metric].reason.startswith("only 1 patient with a positive image")
    assert found["specificity"].low < found["specificity"].value < found["specificity"].high


def test_flags_are_the_same_in_folds_external_sets_and_subgroups(predictions):
    few = predictions[predictions["label"] == "a"].copy()
    few["truth"] = few["patient"].isin(["0", "1", "2", "3", "4"]).astype(float)
    found = summarise(few, by=["dataset"], **QUICK)
    flag = "only 5 patients with a positive image, fewer than 10: too few to rely on"
    for part in (found.cv, found.external["abroad"], found.subgroups["abroad"]["dataset"]["d"]):
        assert part["a"]["auroc"].reason == flag and part["a"]["brier"].reason is None
        assert part["a"]["auroc"].high - part["a"]["auroc"].low > 0.1


def test_nothing_is_said_of_patients_where_none_is_known(outside):
    few = outside[outside["label"] == "a"].assign(patient="")
    few["truth"] = (few["image"] < "1003.jpg").astype(float)
    assert "patient" not in summarise(few, **QUICK).external["abroad"]["a"]["auroc"].reason


def test_multiclass_as_a_whole(multiclass, multiclass_abroad):
    both = pd.concat([multiclass, multiclass_abroad])
    found = summarise(both, task="multiclass", ordered=True, repeats=40)
    assert set(found.cv) == {"0", "1", "2", "macro", "overall"}
    assert set(found.cv["overall"]) == {"accuracy", "balanced_accuracy", "f1", "kappa", "n"}
    wide = {
        column: multiclass_abroad.pivot(index="image", columns="label", values=column).to_numpy().argmax(axis=1)
        for column in ("truth", "score")
    }
    kappa = found.external["abroad"]["overall"]["kappa"]
    assert kappa.value == pytest.approx(cohen_kappa_score(wide["truth"], wide["score"], weights="quadratic"))
    assert kappa.low < kappa.value < kappa.high


def test_order_of_rows_and_of_grades_does_not_matter(multiclass):
    before, after = (
        summarise(rows, task="multiclass", ordered=True, repeats=5).cv["overall"]["kappa"].value
        for rows in (multiclass, multiclass[::-1])
    )
    assert before == pytest.approx(after)


def test_the_seed_decides_the_intervals(outside):
    first, again, other = (
        summarise(outside, seed=seed, **QUICK).external["abroad"]["a"]["brier"] for seed in (1, 1, 2)
    )
    assert first == again != other
