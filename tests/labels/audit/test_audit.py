"""`fundusfm data audit`: wrong labels are found, explained and counted, and none is changed."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from tests.labels.conftest import PEOPLE, WRONG, predictions

import fundusfm
from fundusfm.data.decode.image import decode
from fundusfm.errors import ConfigError, EvaluationError, LabelError, ManifestError, RunFolderError

Make = Callable[..., Path]


def test_wrong_labels_come_first_with_their_reasons(make_run: Make, tmp_path: Path) -> None:
    run = make_run(predictions(["abnormal", "glaucoma"]))
    before = {path: path.read_bytes() for path in run.iterdir()}
    found = fundusfm.audit_labels(run=str(run), out=str(tmp_path / "audit"), repeats=50)
    first = {int(Path(name).stem) for name in found.table["image"][: len(WRONG) + 5]}
    assert len(first & set(WRONG)) >= 0.8 * len(WRONG)
    top = found.table.iloc[0]
    assert top["disputed"] == 1 and "the model's probability of" in top["reasons"]
    assert list(found.table["rank"]) == list(range(1, 2 * PEOPLE + 1))
    assert {path: path.read_bytes() for path in run.iterdir()} == before
    written = pd.read_csv(tmp_path / "audit" / "audit.csv", dtype=str)
    assert written["image"].tolist() == found.table["image"].tolist()
    metrics = json.loads((tmp_path / "audit" / "metrics.json").read_text())
    assert metrics["photographs"] == 200 and metrics["disputed"] == int(found.table["disputed"].sum())
    page = (tmp_path / "audit" / "audit.html").read_text()
    assert "What disputed labels cost" in page and "<script" not in page


def test_noise_and_ceiling(make_run: Make, tmp_path: Path) -> None:
    found = fundusfm.audit_labels(run=str(make_run(predictions(["abnormal"]))), out=str(tmp_path / "audit"), repeats=50)
    noise = {one.given: one for one in found.noise}
    for one in noise.values():
        assert one.wrong.low < 0.15 and one.wrong.high > 0.05 and 0 <= one.wrong.low <= one.wrong.value
        assert 0 < one.disputed <= one.wrong.value * one.photographs + 1
    assert sum(one.photographs for one in noise.values()) == 200
    assert sum(one.disputed for one in noise.values()) == found.ranking.disputed.sum()
    assert f"; {noise['1'].disputed} of them can be named" in (tmp_path / "audit" / "log.txt").read_text()
    auroc = found.ceilings.set_index("truth")["auroc"]
    assert auroc["as labelled"] < auroc["disputed left out"]
    assert auroc["as labelled"] < auroc["dispute is right"]
    eyes = [one for one in found.contradictions if one.kind == "eyes"]
    assert eyes and all(found.ranking.disputed[one.row] and one.row // 2 == one.other // 2 for one in eyes)
    assert any("the fellow eye, " in " ".join(found.ranking.reasons[one.row]) for one in eyes)


def test_a_label_without_errors_is_hardly_disputed(make_run: Make, tmp_path: Path) -> None:
    run = make_run(predictions(["abnormal"], wrong=()))
    found = fundusfm.audit_labels(run=str(run), out=str(tmp_path / "audit"), repeats=50)
    assert found.ranking.disputed.mean() < 0.05


def test_unknown_labels_are_not_judged(make_run: Make, tmp_path: Path) -> None:
    table = predictions(["abnormal", "rare"])
    table.loc[table["label"] == "rare", "truth"] = np.nan
    table.loc[(table["label"] == "abnormal") & (table["image"] == "images/0.png"), "truth"] = np.nan
    found = fundusfm.audit_labels(run=str(make_run(table)), out=str(tmp_path / "audit"), repeats=50)
    assert found.refused == {"rare": "0 photographs are 0; at least 5 of each class are needed"}
    row = found.table.set_index("image").loc["images/0.png"]
    assert row["abnormal"] == "" and row["disputed"] == 0


def test_a_class_column(make_run: Make, tmp_path: Path) -> None:
    table = predictions(["0"], wrong=())
    grades = np.arange(200) % 3
    parts = []
    for grade in range(3):
        score = np.where(grades == grade, 0.8, 0.1)
        truth = (grades == grade).astype(float)
        truth[9], truth[10] = float(grade == 1), float(grade == 2)  # 0 is called 1, and 1 is called 2
        parts.append(table.assign(label=str(grade), score=score, probability=score, truth=truth))
    run = make_run(pd.concat(parts, ignore_index=True), task="multiclass", labels=["dr_grade"])
    found = fundusfm.audit_labels(run=str(run), out=str(tmp_path / "audit"), repeats=50)
    assert set(found.table["image"][:2]) == {"images/9.png", "images/10.png"}
    row = found.table.set_index("image").loc["images/10.png"]
    assert (row["dr_grade"], row["dr_grade.suggested"]) == ("2", "1")


def test_a_second_reader_and_words(make_run: Make, tmp_path: Path) -> None:
    table = predictions(["abnormal"])
    wrong = np.isin(np.arange(200), WRONG)
    given = table["truth"].to_numpy()
    second = np.where(wrong, 1 - given, given)
    second[::7] = 1 - second[::7]  # the second reader errs too
    manifest = pd.DataFrame({
        "image": table["image"], "again": [f"{value:.0f}" for value in second],
        "keywords": np.where(wrong, "drusen, Laser spot", np.where(np.arange(200) % 3, "drusen", "normal fundus")),
    })  # fmt: skip
    manifest.to_csv(tmp_path / "again.csv", index=False)
    found = fundusfm.audit_labels(
        run=str(make_run(table)), manifest=str(tmp_path / "again.csv"), second_reader=["abnormal=again"],
        words="keywords", out=str(tmp_path / "audit"), repeats=50,
    )  # fmt: skip
    for one in found.agreements:
        assert one.of_listed.value > one.of_others.value and one.area.value > 0.6 and one.difference.low > 0
    first = found.words[0]
    assert first.text == "laser spot" and first.photographs == len(WRONG) and first.p < 0.001
    assert set(found.ceilings["truth"]) >= {"second reader's labels"}
    for name in ("second_reader.csv", "words.csv"):
        assert (tmp_path / "audit" / name).exists()
    assert "keywords" in found.table


def test_copies_and_pictures_come_from_the_store(make_run: Make, tmp_path: Path) -> None:
    out = tmp_path / "generated"
    fundusfm.synth(out=str(out), count=20, size=96, seed=4, workers=1)
    table = predictions(["abnormal"], wrong=())
    table = table[table["image"].str.extract(r"(\d+)")[0].astype(int) < 20].reset_index(drop=True)
    names = sorted(path.name for path in (out / "images").iterdir())
    table["image"] = [f"images/{name}" for name in names]
    copy = decode(out / "images" / names[3]).image
    Image.fromarray(copy[:, ::-1]).save(out / "images" / names[14])
    table["truth"] = (np.arange(20) % 2).astype(float)
    table["score"] = table["probability"] = np.where(np.arange(20) % 2, 0.9, 0.1)
    table.loc[3, ["score", "probability"]] = 0.2
    fundusfm.prepare(manifest=str(out / "manifest.csv"), size=96, out=str(tmp_path / "store"), workers=1)
    run = make_run(table, data=str(tmp_path / "store"))
    found = fundusfm.audit_labels(run=str(run), out=str(tmp_path / "audit"), repeats=50)
    assert (3, 14, "twin") in [(one.row, one.other, one.kind) for one in found.contradictions]
    assert found.table["image"][0] == f"images/{names[3]}"
    assert f"a copy of this photograph, images/{names[14]}, has abnormal 0" in found.table["reasons"][0]
    assert Path(found.table["source"][0]).is_file()
    assert "data:image/jpeg" in (tmp_path / "audit" / "audit.html").read_text()


def test_refusals(make_run: Make, tmp_path: Path) -> None:
    run = str(make_run(predictions(["abnormal"])))
    out = str(tmp_path / "audit")
    with pytest.raises(LabelError, match="no such column"):
        fundusfm.audit_labels(run=run, words="keywords", out=out)
    with pytest.raises(LabelError, match="has no label column `again`"):
        fundusfm.audit_labels(run=run, second_reader=["abnormal=again"], out=out)
    with pytest.raises(LabelError, match="the run has abnormal"):
        fundusfm.audit_labels(run=run, second_reader=["glaucoma=fold>=1"], out=out)
    with pytest.raises(ConfigError, match="give another folder"):
        fundusfm.audit_labels(run=run, out=run)
    other = tmp_path / "other.csv"
    other.write_text("image\nnowhere.png\n")
    with pytest.raises(ManifestError, match="names none of the photographs"):
        fundusfm.audit_labels(run=run, manifest=str(other), out=out)
    with pytest.raises(RunFolderError):
        fundusfm.audit_labels(run=str(tmp_path / "nowhere"), out=out)
    assert not Path(out).exists()


def test_a_run_without_folds_is_refused(make_run: Make, tmp_path: Path) -> None:
    run = make_run(predictions(["abnormal"]).assign(set="external"))
    with pytest.raises(EvaluationError, match="no out-of-fold predictions"):
        fundusfm.audit_labels(run=str(run), out=str(tmp_path / "audit"), repeats=50)
