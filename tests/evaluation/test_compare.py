import json

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from fundusfm.errors import EvaluationError
from fundusfm.evaluation.compare import compare, paired_metrics, paired_text, read_predictions
from fundusfm.runs import plain


def written(folder, predictions):
    folder.mkdir()
    predictions.to_parquet(folder / "predictions.parquet", index=False)
    return folder


def test_every_shared_set_and_label(tmp_path, predictions, rival):
    rows = compare(written(tmp_path / "a", predictions), written(tmp_path / "b", rival), repeats=100)
    assert [(row.set, row.label) for row in rows] == [
        (name, label) for name in ("cv", "abroad") for label in ("a", "b", "macro")
    ]
    first = rows[0]
    assert first.images == 120 and first.patients == 60 and first.difference > 0
    part = predictions[(predictions["set"] == "cv") & (predictions["label"] == "a")]
    assert first.auroc_a == pytest.approx(roc_auc_score(part["truth"], part["score"]))
    assert first.bootstrap["a"] == pytest.approx(
        np.mean([roc_auc_score(fold["truth"], fold["score"]) for _, fold in part.groupby("fold")])
    )
    assert first.p_holm >= first.p
    macro = rows[2]
    assert np.isnan(macro.p) and macro.bootstrap["p"] < 0.05
    assert macro.bootstrap["a"] == pytest.approx(np.mean([row.bootstrap["a"] for row in rows[:2]]))


def test_swapping_the_runs_swaps_the_sign(predictions, rival):
    forth, back = compare(predictions, rival, repeats=50), compare(rival, predictions, repeats=50)
    for one, other in zip(forth, back, strict=True):
        assert one.bootstrap["difference"] == pytest.approx(-other.bootstrap["difference"])
        assert one.p == pytest.approx(other.p, nan_ok=True)


def test_only_shared_images_count_whatever_their_order(predictions, rival):
    fewer = rival[~rival["image"].isin(["0.jpg", "1.jpg"])].sample(frac=1, random_state=0)
    rows = compare(predictions, fewer, repeats=20)
    assert rows[0].images == 118
    shared = predictions[predictions["image"].isin(fewer["image"])]
    assert compare(shared, fewer, repeats=20)[0].auroc_a == rows[0].auroc_a


def test_an_absent_class_says_so(predictions, rival):
    for run in (predictions, rival):
        run.loc[(run["set"] == "abroad") & (run["label"] == "b"), "truth"] = 0.0
    row = next(row for row in compare(predictions, rival, repeats=20) if (row.set, row.label) == ("abroad", "b"))
    assert np.isnan(row.p) and row.reason == "no positive among 120 shared images"


def test_other_truth_is_refused(predictions, rival):
    rival.loc[0, "truth"] = 1 - rival.loc[0, "truth"]
    with pytest.raises(EvaluationError, match=r"disagree about the truth of 0\.jpg for a in the set cv"):
        compare(predictions, rival)


def test_nothing_shared_is_refused(predictions, rival):
    with pytest.raises(EvaluationError, match="share no label on any image"):
        compare(predictions, rival.assign(label="c"))


def test_a_folder_without_predictions_is_refused(tmp_path):
    with pytest.raises(EvaluationError, match="give a run folder"):
        read_predictions(tmp_path)
    (tmp_path / "predictions.parquet").write_text("nonsense")
    with pytest.raises(EvaluationError, match="no readable Parquet"):
        read_predictions(tmp_path)


def test_rows_as_metrics_and_as_text(predictions, rival):
    rows = compare(predictions, rival, repeats=20)
    found = json.loads(json.dumps(plain(paired_metrics(rows)), allow_nan=False))
    assert found["cv"]["a"]["p"] == pytest.approx(rows[0].p) and found["cv"]["macro"]["p"] is None
    text = paired_text(rows, a="new", b="old").splitlines()
    assert len(text) == 2 + len(rows) and len({len(line) for line in text[1:]}) == 1
    assert text[0].startswith("AUROC, new (a) against old (b)")


def test_few_positives_are_not_tested(predictions, rival):
    few = {str(patient) for patient in range(19)}
    for run in (predictions, rival):
        run.loc[run["label"] == "b", "truth"] = run.loc[run["label"] == "b", "patient"].isin(few).astype(float)
    a, b, macro = compare(predictions, rival, repeats=40)[:3]
    assert a.p < 0.05 and a.reason is None
    assert np.isnan([b.low, b.high, b.p, b.bootstrap["low"], b.bootstrap["p"], b.p_holm]).all()
    assert b.difference == pytest.approx(b.auroc_a - b.auroc_b)
    assert b.reason == "only 19 patients with a positive image, fewer than 20: too few for a test"
    assert macro.bootstrap["difference"] == pytest.approx(a.bootstrap["difference"])
    assert "mean over 1 of 2 labels" in macro.reason


def test_a_run_against_itself_has_no_interval_of_zero_width(predictions):
    for row in compare(predictions, predictions, repeats=20):
        assert np.isnan([row.low, row.high, row.bootstrap["low"], row.bootstrap["high"]]).all()
        assert row.bootstrap["p"] == 1 and row.reason


def test_only_shared_labels_count(predictions, rival):
    rows = compare(predictions, rival[rival["label"] == "a"], repeats=20)
    whole = compare(predictions, rival, repeats=20)
    assert [row.label for row in rows] == ["a", "a"] and rows[0].auroc_a == whole[0].auroc_a
    assert rows[0].bootstrap == whole[0].bootstrap


def test_one_label_needs_no_macro(predictions, rival):
    rows = compare(*(pd.DataFrame(run[run["label"] == "a"]) for run in (predictions, rival)), repeats=10)
    assert [row.label for row in rows] == ["a", "a"]
