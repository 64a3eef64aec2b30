import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import fundusfm
from fundusfm.data.manifest.labels import read_targets
from fundusfm.data.store.reader import open_store
from fundusfm.errors import ConfigError, EvaluationError, LabelError, WeightsError
from fundusfm.models.card.both_eyes import BothEyes, FellowWeights
from fundusfm.models.card.schema import Card, OperatingPoint, TrainingData
from fundusfm.models.network import attach_head
from fundusfm.models.start import start_network
from fundusfm.models.trainable import save_bundle

BACKBONE = "mobilenetv2_050"
QUICK = {"repeats": 20}


def bundle_with(path, labels, task="multilabel", **card):
    start = start_network("scratch", backbone=BACKBONE, size=64, seed=2)
    attach_head(start.network, len(labels))
    save_bundle(path, start.network, start.card.model_copy(update={"labels": labels, "task": task, **card}))
    return str(path)


@pytest.fixture(scope="session")
def bundle(tmp_path_factory):
    points = {"youden": OperatingPoint(threshold=0.5, sensitivity=0.5, specificity=0.5)}
    return bundle_with(
        tmp_path_factory.mktemp("bundles") / "two",
        ["abnormal", "drusen"],
        operating_points={"abnormal": points, "drusen": points},
        temperature={"abnormal": 2.0, "drusen": 1.0},
    )


def test_store_and_manifest_give_the_same(bundle, store, manifest, tmp_path):
    found = fundusfm.evaluate(
        weights=bundle,
        data=[f"one={store}", f"two={manifest}"],
        labels=["abnormal"],
        out=str(tmp_path / "run"),
        by=["sex"],
        **QUICK,
    ).metrics
    one, two = (found["external"][name]["abnormal"]["auroc"]["value"] for name in ("one", "two"))
    assert one == pytest.approx(two, abs=0.03)  # a store keeps its crops as JPEG, a manifest is read without that loss
    assert set(found["external"]["one"]["abnormal"]["auroc"]) >= {"value", "low", "high"}
    assert found["subgroups"]["one"]["sex"]
    assert not (tmp_path / "run" / "stores").exists()
    for file in ("config.yaml", "environment.json", "log.txt"):
        assert (tmp_path / "run" / file).exists()


def test_predictions_and_metrics_are_written(bundle, store, tmp_path):
    fundusfm.evaluate(
        weights=bundle, data=[str(store)], labels=["drusen", "abnormal"], out=str(tmp_path / "run"), by=["eye"], **QUICK
    )
    rows = pd.read_parquet(tmp_path / "run" / "predictions.parquet")
    assert list(rows.columns) == [
        "set",
        "dataset",
        "image",
        "patient",
        "label",
        "fold",
        "truth",
        "score",
        "probability",
        "eye",
    ]
    assert set(rows["set"]) == {open_store(str(store)).name} and set(rows["fold"]) == {-1}
    scored = rows[rows["label"] == "abnormal"]
    logit = np.log(scored["score"] / (1 - scored["score"]))
    assert scored["probability"].to_numpy() == pytest.approx(1 / (1 + np.exp(-logit / 2)), abs=1e-6)
    metrics = json.loads((tmp_path / "run" / "metrics.json").read_text())
    assert metrics["external"][open_store(str(store)).name]["drusen"]["sensitivity"].keys() >= {"value", "low", "high"}
    assert metrics["notes"] == []


def test_scratch_needs_no_bundle(store, tmp_path):
    found = fundusfm.evaluate(
        weights="scratch", backbone=BACKBONE, data=[str(store)], labels=["abnormal"], out=str(tmp_path / "run"), **QUICK
    ).metrics
    assert "no head" in found["notes"][0] and "judged at 0.5" in found["notes"][1]


def test_against_another_run(bundle, store, tmp_path):
    options = {"data": [str(store)], "labels": ["abnormal"], **QUICK}
    fundusfm.evaluate(weights="scratch", backbone=BACKBONE, out=str(tmp_path / "old"), **options)
    found = fundusfm.evaluate(
        weights=bundle, out=str(tmp_path / "new"), against=str(tmp_path / "old"), **options
    ).metrics
    row = found["paired"][open_store(str(store)).name]["abnormal"]
    assert row["images"] == 32 and -1 <= row["difference"] <= 1
    assert row["p"] is None and row["bootstrap"]["p"] is None and "too few for a test" in row["reason"]
    assert "against old" in (tmp_path / "new" / "log.txt").read_text()


def test_a_label_under_another_name(bundle, store, tmp_path):
    found = fundusfm.evaluate(
        weights=bundle, data=[str(store)], labels=["abnormal=age>=50"], out=str(tmp_path / "run"), **QUICK
    ).metrics
    cells = found["external"][open_store(str(store)).name]["abnormal"]
    frame = open_store(str(store)).frame
    expected = read_targets(frame, ["age>=50"], task="binary", where="store").values
    assert cells["positives"]["value"] == np.nansum(expected)


def test_comparisons_and_new_names_for_weights_without_a_head(store, tmp_path):
    found = fundusfm.evaluate(
        weights="scratch",
        backbone=BACKBONE,
        data=[str(store)],
        labels=["age>=50", "old=age>=60"],
        out=str(tmp_path / "run"),
        **QUICK,
    ).metrics
    part = found["external"][open_store(str(store)).name]
    assert set(part) == {"age>=50", "old", "macro"}
    assert part["old"]["positives"]["value"] <= part["age>=50"]["positives"]["value"]


def test_multiclass(store, tmp_path):
    frame = open_store(str(store)).frame
    classes = sorted(set(frame["disease"]))
    path = bundle_with(tmp_path / "bundle", classes, "multiclass")
    found = fundusfm.evaluate(
        weights=path, data=[str(store)], labels=["disease"], out=str(tmp_path / "run"), **QUICK
    ).metrics
    part = found["external"][open_store(str(store)).name]
    assert set(part) == {*classes, "macro", "overall"} and part["overall"]["n"]["value"] == len(frame)


def test_a_label_that_only_one_set_holds(bundle, store, manifest, tmp_path):
    frame = pd.read_csv(manifest, dtype=str).drop(columns="drusen")
    other = manifest.parent / "without_drusen.csv"
    frame.to_csv(other, index=False)
    found = fundusfm.evaluate(
        weights=bundle,
        data=[str(store), f"less={other}"],
        labels=["abnormal", "drusen"],
        out=str(tmp_path / "run"),
        **QUICK,
    ).metrics
    assert found["external"]["less"]["drusen"]["auroc"]["reason"] == "no image has a known truth"
    with pytest.raises(LabelError, match="drusen"):
        fundusfm.evaluate(weights=bundle, data=[f"less={other}"], labels=["drusen"], out=str(tmp_path / "two"), **QUICK)


def test_select_and_training_data_are_noted(store, tmp_path):
    data = TrainingData(name="tiny", rows=32, patients=16, hash=open_store(str(store)).hash)
    path = bundle_with(tmp_path / "bundle", ["abnormal"], training_data=[data])
    found = fundusfm.evaluate(
        weights=path, data=[str(store)], labels=["abnormal"], select="eye == left", out=str(tmp_path / "run"), **QUICK
    ).metrics
    cells = found["external"][open_store(str(store)).name]["abnormal"]
    assert cells["n"]["value"] == (open_store(str(store)).frame["eye"] == "left").sum()
    assert any("no results on unseen data" in note for note in found["notes"])


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"labels": ["glaucoma"]}, LabelError, "do not predict glaucoma; they predict abnormal, drusen"),
        ({"labels": ["abnormal", "abnormal"]}, LabelError, "twice"),
        ({"task": "multiclass"}, ConfigError, "which is multilabel: leave --task out"),
        ({"by": ["shoe_size"]}, ConfigError, "--by shoe_size: .* they have .*sex"),
        ({"batch_size": 0}, ConfigError, "expected 1 or more"),
        ({"size": 64}, ConfigError, "--size goes with --weights scratch or imagenet"),
        ({"against": "nowhere"}, EvaluationError, "give a run folder"),
        ({"weights": "nowhere"}, WeightsError, "nowhere"),
    ],
)
def test_wrong_options_are_refused(bundle, store, tmp_path, change, error, message):
    options = {"weights": bundle, "data": [str(store)], "labels": ["abnormal"], "out": str(tmp_path / "run"), **QUICK}
    with pytest.raises(error, match=message):
        fundusfm.evaluate(**{**options, **change})


def test_two_sets_need_two_names(bundle, store, tmp_path):
    with pytest.raises(ConfigError, match="is taken; give another as NAME="):
        fundusfm.evaluate(weights=bundle, data=[str(store), str(store)], labels=["abnormal"], out=str(tmp_path / "run"))


def test_a_store_of_another_size_is_refused_with_both(bundle, manifest, tmp_path):
    fundusfm.prepare(manifest=str(manifest), size=32, out=str(tmp_path / "small"), workers=1)
    with pytest.raises(WeightsError, match=r"holds 32 px images, the weights expect 64 px.*--size 64"):
        fundusfm.evaluate(
            weights=bundle, data=[str(tmp_path / "small")], labels=["abnormal"], out=str(tmp_path / "run")
        )


def test_a_run_is_not_overwritten_unasked(bundle, store, tmp_path):
    options = {"weights": bundle, "data": [str(store)], "labels": ["abnormal"], "out": str(tmp_path / "run"), **QUICK}
    fundusfm.evaluate(**options)
    with pytest.raises(fundusfm.errors.RunFolderError, match="--overwrite"):
        fundusfm.evaluate(**options)
    fundusfm.evaluate(**options, overwrite=True)


def test_both_eyes_as_predict_scores_them(bundle, manifest, tmp_path):
    paired = tmp_path / "paired"
    shutil.copytree(bundle, paired)
    card = Card.read(paired / "card.json")
    term = FellowWeights(own=1.0, fellow=0.5, bias=0.1, temperature=1.0, shift=0.0)
    card.model_copy(update={"both_eyes": BothEyes(weights={"abnormal": term}, eyes=10)}).write(paired / "card.json")
    options = {"data": [str(manifest)], "labels": ["abnormal"], **QUICK}
    with pytest.raises(ConfigError, match=r"--both-eyes: .* scores one eye alone"):
        fundusfm.evaluate(weights=bundle, both_eyes=True, out=str(tmp_path / "no"), **options)
    found = fundusfm.evaluate(weights=str(paired), both_eyes=True, out=str(tmp_path / "run"), **options).predictions
    predicted = fundusfm.load(paired).predict(str(manifest)).set_index("image")
    judged = predicted[predicted["status"] == "ok"]
    scores = found.set_index("image")["score"]
    scores.index = [str(Path(manifest).parent / name) if name not in predicted.index else name for name in scores.index]
    paired_rows = judged[judged["fellow"].notna()]
    assert len(paired_rows) and np.allclose(
        scores[paired_rows.index].to_numpy(float), paired_rows["abnormal.score"].to_numpy(float), atol=1e-4
    )
