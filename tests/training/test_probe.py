"""Linear probing from store to bundle."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import fundusfm
from fundusfm.data.store.reader import open_store
from fundusfm.errors import ConfigError, LabelError, RunFolderError
from fundusfm.models.engine.engine import LOGITS
from fundusfm.models.inference import features, logits, scores_from_logits
from fundusfm.models.network import attach_head
from fundusfm.models.photographs import read_photographs
from fundusfm.models.reference import read_reference
from fundusfm.models.start import start_network
from fundusfm.models.trainable import load_bundle, weights_hash

BACKBONE = "mobilenetv2_035"


@pytest.fixture(scope="module")
def run(store: Path, external_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("probe") / "run"
    fundusfm.probe(
        data=str(store),
        labels=["abnormal", "dr_grade>=1"],
        task="multilabel",
        weights="scratch",
        backbone=BACKBONE,
        folds=3,
        external=[f"clinic={external_store}"],
        by=["sex"],
        out=str(out),
    )
    return out


def test_run_folder(run: Path, store: Path) -> None:
    predictions = pd.read_parquet(run / "predictions.parquet")
    assert set(predictions["set"]) == {"cv", "clinic"} and set(predictions["label"]) == {"abnormal", "dr_grade>=1"}
    cv = predictions[predictions["set"] == "cv"]
    assert len(cv) == 2 * len(open_store(str(store))) and set(cv["fold"]) == {1, 2, 3}
    assert (predictions.loc[predictions["set"] == "clinic", "fold"] == -1).all()
    assert cv.groupby("patient")["fold"].nunique().max() == 1
    assert {"probability", "sex", "dataset", "image"} <= set(predictions)
    metrics = json.loads((run / "metrics.json").read_text())
    assert {"mean", "std", "low", "high"} <= set(metrics["cv"]["abnormal"]["auroc"])
    assert {"value", "low", "high"} <= set(metrics["external"]["clinic"]["abnormal"]["auroc"])
    assert "sex" in metrics["subgroups"]["cv"]
    assert {"config.yaml", "environment.json", "log.txt", "bundle"} <= {path.name for path in run.iterdir()}


def test_the_bundle_knows_where_its_training_features_lie(run: Path, store: Path, external_store: Path) -> None:
    bundle = load_bundle(run / "bundle")
    reference = read_reference(run / "bundle", weights=bundle.hash)
    assert reference is not None
    assert (run / "bundle" / "reference.safetensors").stat().st_size < 1_000_000
    inside, outside = (reference.distance(features(bundle, open_store(str(path)))) for path in (store, external_store))
    assert np.median(inside) < 1
    assert np.isfinite(outside).all()


def test_external_scores_are_the_bundles_own(run: Path, external_store: Path) -> None:
    bundle, clinic = load_bundle(run / "bundle"), open_store(str(external_store))
    predictions = pd.read_parquet(run / "predictions.parquet").query("set == 'clinic'")
    scores = scores_from_logits(logits(bundle, clinic), "multilabel")
    for place, label in enumerate(bundle.card.labels):
        found = predictions[predictions["label"] == label].set_index("image")["score"]
        np.testing.assert_allclose(found[clinic.frame["image"]].to_numpy(), scores[:, place], atol=1e-4)


def test_backbone_is_untouched(run: Path) -> None:
    start = start_network("scratch", backbone=BACKBONE, size=64)
    adapted = load_bundle(run / "bundle")
    attach_head(adapted.network, 0)
    assert weights_hash(adapted.network) == start.hash


def test_card_says_what_was_done(run: Path, store: Path) -> None:
    card = load_bundle(run / "bundle").card
    assert (card.method, card.task, card.labels) == ("LF", "multilabel", ["abnormal", "dr_grade>=1"])
    assert set(card.operating_points["abnormal"]) == {"youden", "sensitivity_0.95", "specificity_0.95"}
    assert set(card.temperature) == {"abnormal", "dr_grade>=1"}
    assert card.label_definitions["dr_grade>=1"] == "the manifest says dr_grade>=1"
    assert card.training_data[-1].hash == open_store(str(store)).hash
    assert card.lineage[-1].what == "linear probe on abnormal, dr_grade>=1" and "C" in card.lineage[-1].detail
    assert "auroc" in card.metrics["cv"]["abnormal"]


def test_bundle_predicts_photographs(run: Path, store: Path) -> None:
    sources = open_store(str(store)).frame["source"][:2]
    table = fundusfm.load(run / "bundle").predict(list(sources))
    assert list(table["status"]) == ["ok", "ok"] and table["abnormal.probability"].between(0, 1).all()


def test_multiclass(store: Path, tmp_path: Path) -> None:
    metrics = fundusfm.probe(
        data=str(store),
        labels=["sex"],
        task="multiclass",
        weights="scratch",
        backbone=BACKBONE,
        folds=2,
        out=str(tmp_path / "run"),
    ).metrics
    labels = load_bundle(tmp_path / "run" / "bundle").card.labels
    assert labels == sorted(labels) and set(metrics["cv"]) == {*labels, "macro", "overall"}


def test_label_of_one_class_is_refused_before_anything_is_fitted(store: Path, tmp_path: Path) -> None:
    with pytest.raises(LabelError, match=r"dr_grade>=9 has 0 positives among \d+ known rows"):
        fundusfm.probe(
            data=str(store),
            labels=["abnormal", "dr_grade>=9"],
            task="multilabel",
            weights="scratch",
            backbone=BACKBONE,
            folds=2,
            out=str(tmp_path / "run"),
        )
    assert not (tmp_path / "run" / "predictions.parquet").exists()


def test_fraction_trains_on_fewer_patients_and_tests_on_all(store: Path, tmp_path: Path) -> None:
    fundusfm.probe(
        data=str(store),
        labels=["abnormal"],
        weights="scratch",
        backbone=BACKBONE,
        folds=2,
        fraction=0.5,
        out=str(tmp_path / "run"),
    )
    predictions = pd.read_parquet(tmp_path / "run" / "predictions.parquet")
    assert len(predictions) == len(open_store(str(store)))
    used = load_bundle(tmp_path / "run" / "bundle").card.training_data[-1]
    assert used.rows < len(predictions)


def test_finished_run_is_not_repeated_and_not_lost(run: Path, store: Path, external_store: Path) -> None:
    options = {
        "data": str(store),
        "labels": ["abnormal", "dr_grade>=1"],
        "task": "multilabel",
        "weights": "scratch",
        "backbone": BACKBONE,
        "folds": 3,
        "external": [f"clinic={external_store}"],
        "by": ["sex"],
        "out": str(run),
    }
    before = (run / "predictions.parquet").stat().st_mtime_ns
    with pytest.raises(RunFolderError):
        fundusfm.probe(**options)
    assert fundusfm.probe(**options, resume=True).metrics == json.loads((run / "metrics.json").read_text())
    assert (run / "predictions.parquet").stat().st_mtime_ns == before


def test_options_that_contradict(store: Path, tmp_path: Path) -> None:
    for options, sentence in (
        ({"labels": ["abnormal", "glaucoma"]}, "--task multilabel"),
        ({"labels": ["abnormal"], "folds": 1}, "--folds"),
        ({"labels": ["abnormal"], "fraction": 0.0}, "--fraction"),
        ({"labels": ["abnormal"], "by": ["shoe"]}, "--by shoe"),
        ({"labels": ["abnormal"], "external": [str(store)]}, "shares"),
    ):
        with pytest.raises(ConfigError, match=sentence):
            fundusfm.probe(
                data=str(store),
                weights="scratch",
                backbone=BACKBONE,
                out=str(tmp_path / "run"),
                overwrite=(tmp_path / "run").exists(),
                **options,
            )


def test_photographs_that_the_weights_know_are_no_external_set(
    store: Path, external_store: Path, tmp_path: Path
) -> None:
    fundusfm.pretrain(
        train=[str(external_store)],
        labels=["abnormal"],
        strategy="fundus",
        backbone=BACKBONE,
        epochs=1,
        batch_size=8,
        workers=0,
        out=str(tmp_path / "upstream"),
    )
    # The bundle travels without the card's entry for the store, as after a merge of several cards.
    bundle = tmp_path / "upstream" / "bundle"
    card = json.loads((bundle / "card.json").read_text())
    (bundle / "card.json").write_text(json.dumps(card | {"training_data": []}))
    with pytest.raises(ConfigError, match="the weights were trained on 16 of these 16 photographs"):
        fundusfm.probe(
            data=str(store),
            labels=["abnormal"],
            weights=str(bundle),
            folds=2,
            external=[f"clinic={external_store}"],
            out=str(tmp_path / "run"),
        )
    adapted = tmp_path / "adapted"
    fundusfm.probe(data=str(store), labels=["abnormal"], weights=str(bundle), folds=2, out=str(adapted))
    known = read_photographs(adapted / "bundle")
    assert known is not None and len(known) == 16 + 32
    seen = tmp_path / "seen"
    found = fundusfm.probe(data=str(external_store), labels=["abnormal"], weights=str(bundle), folds=2, out=str(seen))
    (note,) = found.unseen_notes
    assert "trained on 16 of these 16 photographs" in note and "no results on unseen data" in note
    limits = json.loads((seen / "bundle" / "card.json").read_text())["limits"]
    assert limits[-1] == f"Cross-validation on {note}."
    assert note in (seen / "report.html").read_text().replace("&#39;", "'")


def test_a_column_of_names_is_refused_before_anything_is_fitted(store: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    with pytest.raises(ConfigError, match=r"--by image: 32 different values"):
        fundusfm.probe(
            data=str(store), labels=["abnormal"], weights="scratch", backbone=BACKBONE, by=["image"], out=str(out)
        )
    assert not (out / "features").exists() and not (out / "bundle").exists()


def test_words_against_the_rest_under_a_name_of_their_own(store: Path, tmp_path: Path) -> None:
    run = fundusfm.probe(
        data=str(store),
        labels=["ill=disease!=normal"],
        weights="scratch",
        backbone=BACKBONE,
        folds=2,
        out=str(tmp_path / "run"),
    )
    assert run.labels == ["ill"]
    card = load_bundle(run.bundle).card
    assert card.labels == ["ill"]
    assert card.label_definitions == {"ill": "the manifest says disease!=normal"}


def test_views_are_averaged_and_stay_with_the_bundle(store: Path, tmp_path: Path) -> None:
    fundusfm.probe(
        data=str(store), labels=["abnormal"], backbone=BACKBONE, folds=2, weights="scratch", views=4,
        out=str(tmp_path / "run"),
    )  # fmt: skip
    bundle = load_bundle(tmp_path / "run" / "bundle")
    assert bundle.card.views == 4
    images = np.stack([open_store(str(store)).image(row) for row in range(3)])
    (scores,), (mirrored,) = (bundle.engine.run(views, (LOGITS,)) for views in (images, images[:, ::-1, ::-1]))
    np.testing.assert_allclose(scores, mirrored, atol=1e-4)
    again = tmp_path / "again"
    fundusfm.probe(data=str(store), labels=["abnormal"], weights=str(tmp_path / "run"), folds=2, out=str(again))
    assert load_bundle(again / "bundle").card.views == 4


def test_other_numbers_of_views_are_refused(store: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="--views is 3; it must be 1, 2 or 4"):
        fundusfm.probe(data=str(store), labels=["abnormal"], weights="scratch", backbone=BACKBONE, views=3,
                       out=str(tmp_path / "run"))  # fmt: skip


def test_photographs_of_the_head_are_unseen_by_the_backbone(run: Path, external_store: Path, tmp_path: Path) -> None:
    photographs = read_photographs(run / "bundle")
    assert photographs is not None and photographs.head.all()
    found = fundusfm.probe(
        data=str(external_store), labels=["abnormal"], weights=str(run), folds=2, out=str(tmp_path / "next")
    )
    assert found.unseen_notes == []
    assert len(load_bundle(tmp_path / "next" / "bundle").card.training_data) == 1
