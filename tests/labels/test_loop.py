"""The closed loop: an audit finds labels that were made wrong, readers correct them, and the probe gets better."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from starlette.testclient import TestClient

import fundusfm
from fundusfm.config.serve import ReviewConfig
from fundusfm.data.manifest.splits import patient_groups
from fundusfm.data.store.reader import open_store
from fundusfm.evaluation.paired import paired_bootstrap
from fundusfm.models.resolve import resolve_weights, without_head
from fundusfm.review.app import create_review_app
from fundusfm.review.desk import Desk
from fundusfm.review.record import ReviewRecord
from fundusfm.review.review import start_record
from fundusfm.training.linear.features import cached_features
from fundusfm.training.linear.linear_head import fit_head

pytestmark = pytest.mark.slow

_COUNT, _WRONG, _FIRST = 800, 80, 120
_LABEL = "cataract"
_START = "tf_efficientnet_lite0"
"""ImageNet weights of a package: one label in ten being wrong hardly hurts a probe on `light`."""


def _probe(manifest: Path, out: Path) -> pd.DataFrame:
    """Probes a backbone at a small input, and returns the out-of-fold predictions by photograph."""
    fundusfm.prepare(manifest=str(manifest), size=160, out=str(out / "store"), workers=1)
    fundusfm.probe(data=str(out / "store"), labels=[_LABEL], weights=_START, out=str(out / "run"))
    return pd.read_parquet(out / "run" / "predictions.parquet").query("set == 'cv'").set_index("image")


def _scores_again(store: Path, labels: "pd.Series[int]", folds: "pd.Series[int]") -> "pd.Series[float]":
    """Probes again with other labels in the same folds, so that nothing but the labels differs."""
    opened = open_store(str(store))
    features = cached_features(without_head(resolve_weights(_START, size=opened.header.size)), opened)
    names, groups = opened.frame["image"], patient_groups(opened.frame)
    targets, fold = labels[names].to_numpy(np.float32)[:, None], folds[names].to_numpy()
    scores = np.zeros(len(names))
    for number in np.unique(fold):
        train = fold != number
        head = fit_head(features[train], targets[train], groups[train], task="binary")
        scores[~train] = head.logits(features[~train])[:, 0]
    return pd.Series(scores, index=names.to_numpy())


def _read(record: ReviewRecord, truth: "pd.Series[int]") -> None:
    """Grades everything that is asked for, by what is to be seen, through the review's interface."""
    client = TestClient(create_review_app(Desk(record), token=None))
    names = {one.id: one.listed.image for one in record.photographs()}
    while (item := client.get("/v1/next", params={"reader": "anna"}).json()["item"]) is not None:
        number = item["photograph"]
        grade = {"photograph": number, "reader": "anna", "labels": {_LABEL: int(truth[names[number]])},
                 "quality": "good", "seconds": 1}  # fmt: skip
        assert client.post("/v1/grades", json=grade).status_code == 200


def test_audit_review_and_probe_again(tmp_path: Path) -> None:
    fundusfm.synth(out=str(tmp_path / "generated"), count=_COUNT, size=192, seed=3, workers=1)
    manifest = tmp_path / "generated" / "manifest.csv"
    table = pd.read_csv(manifest, dtype=str)
    truth = table.set_index("image")[_LABEL].astype(int)
    wrong = np.random.default_rng(0).choice(_COUNT, _WRONG, replace=False)
    table.loc[wrong, _LABEL] = np.where(table.loc[wrong, _LABEL] == "1", "0", "1")
    table.to_csv(manifest, index=False)
    made_wrong = set(table["image"].iloc[wrong])
    before = _probe(manifest, tmp_path / "before")

    audit = fundusfm.audit_labels(run=str(tmp_path / "before" / "run"), out=str(tmp_path / "audit"), repeats=50)
    first = audit.table["image"].iloc[:_FIRST]
    assert len(made_wrong & set(first)) >= 0.7 * _WRONG
    noise = {one.given: one.wrong for one in audit.noise}
    assert noise["1"].value > noise["0"].value  # most of the few positives are wrong ones

    record = start_record(
        ReviewConfig(
            source=str(tmp_path / "audit"), out=str(tmp_path / "review"), reasons=["all"], most=_FIRST, control=0
        )
    )
    _read(record, truth)
    record.close()
    found = fundusfm.export_review(folder=str(tmp_path / "review"))
    consensus = found.consensus.set_index(found.consensus["image"].map(lambda path: f"images/{Path(path).name}"))
    right = (consensus[_LABEL].astype(int) == truth[consensus.index]).sum()
    assert right == _COUNT - len(made_wrong - set(first))
    assert found.changes["changed"].sum() == len(made_wrong & set(first))

    after = _scores_again(tmp_path / "before" / "store", consensus[_LABEL].astype(int), before["fold"])
    tested = paired_bootstrap(
        truth[before.index], after[before.index], before["score"], before["patient"],
        folds_a=before["fold"], folds_b=before["fold"],
    )  # fmt: skip
    assert tested.low > 0 and tested.p < 0.05
