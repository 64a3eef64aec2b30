"""Both eyes of a person in the rows of a screening: who is joined, what changes, and that a stop changes nothing."""

import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import fundusfm
from fundusfm.data.inputs.source import Source
from fundusfm.models.card.both_eyes import BothEyes, FellowWeights
from fundusfm.models.card.schema import Card
from fundusfm.screening.fellows import Fellows
from fundusfm.screening.journal import Journal
from fundusfm.screening.screener import Screener


@pytest.fixture(scope="module")
def paired(bundle: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The bundle with a term for both eyes."""
    folder = tmp_path_factory.mktemp("paired") / "bundle"
    shutil.copytree(bundle, folder)
    card = Card.read(folder / "card.json")
    weights = FellowWeights(own=1.0, fellow=1.0, bias=0.5, temperature=2.0, shift=0.25)
    card.model_copy(update={"both_eyes": BothEyes(weights={"abnormal": weights}, eyes=100)}).write(folder / "card.json")
    return str(folder)


@pytest.fixture(scope="module")
def table(photographs: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A manifest: both eyes of a and b apart from each other, one eye of c, and a photograph of nobody."""
    rows = [("a", "left"), ("b", "right"), ("c", "left"), ("", "right"), ("b", "left"), ("a", "right")]
    path = tmp_path_factory.mktemp("pairs") / "m.csv"
    lines = [f"{file},{patient},{eye}" for file, (patient, eye) in zip(photographs, rows, strict=False)]
    path.write_text("\n".join(["image,patient,eye", *lines]) + "\n")
    return path


def _logit(score: pd.Series) -> np.ndarray:
    values = score.to_numpy(float)
    return np.log(values) - np.log1p(-values)


def test_eyes_of_one_person_are_scored_together_and_all_others_alone(bundle: str, paired: str, table: Path) -> None:
    one, both = (fundusfm.load(weights).predict(str(table)) for weights in (bundle, paired))
    assert "fellow" not in one and [*one["image"]] == [*both["image"]]
    alone = [2, 3]
    pd.testing.assert_frame_equal(both.loc[alone, one.columns[:-4]], one.loc[alone, one.columns[:-4]])
    assert both["fellow"].fillna("").tolist() == [
        both["image"][5], both["image"][4], "", "", both["image"][1], both["image"][0],
    ]  # fmt: skip
    own, pairs = _logit(one["abnormal.score"]), {0: 5, 5: 0, 1: 4, 4: 1}
    for place, other in pairs.items():
        logit = own[place] + own[other] + 0.5
        assert np.isclose(_logit(both["abnormal.score"])[place], logit, atol=1e-3)
        assert np.isclose(_logit(both["abnormal.probability"])[place], logit / 2 + 0.25, atol=1e-3)


def test_the_command_gives_what_python_gives_and_decides_by_it(paired: str, table: Path, tmp_path: Path) -> None:
    log, out = tmp_path / "log.jsonl", tmp_path / "r.csv"
    found = fundusfm.predict(paths=[str(table)], weights=paired, out=str(out), per="patient", audit_log=str(log))
    expected = fundusfm.load(paired).predict(str(table))
    pd.testing.assert_frame_equal(found, expected)
    people = pd.read_csv(tmp_path / "r.by-patient.csv").set_index("patient")
    a = found.iloc[[0, 5]]
    assert np.isclose(people.loc["a", "abnormal.score"], a["abnormal.score"].max())
    logged = [json.loads(line) for line in log.read_text().splitlines()]
    decided = [line["decisions"]["abnormal"] for line in logged if "decisions" in line]
    order = [0, 5, 1, 4, 2, 3]  # a person's photographs together
    assert decided == found["abnormal.decision"].iloc[order].tolist()


def test_a_stopped_run_ends_the_same(paired: str, table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole, out = tmp_path / "whole.csv", tmp_path / "r.csv"
    fundusfm.predict(paths=[str(table)], weights=paired, out=str(whole))
    add = Journal.add

    def killed(self: Journal, rows: list[tuple[int, dict[str, object]]]) -> None:
        add(self, rows[:1])  # one eye of a person is on the disk, the other is not
        raise KeyboardInterrupt

    monkeypatch.setattr(Journal, "add", killed)
    with pytest.raises(KeyboardInterrupt):
        fundusfm.predict(paths=[str(table)], weights=paired, out=str(out))
    monkeypatch.setattr(Journal, "add", add)
    fundusfm.predict(paths=[str(table)], weights=paired, out=str(out), resume=True, audit_log=str(tmp_path / "log"))
    assert out.read_bytes() == whole.read_bytes()


def test_an_eye_that_cannot_be_judged_is_no_fellow(paired: str, table: Path, tmp_path: Path) -> None:
    lines = table.read_text(encoding="utf-8").splitlines()
    (tmp_path / "m.csv").write_text("\n".join([*lines[:6], "gone.jpg,a,right"]) + "\n")
    found = fundusfm.load(paired).predict(str(tmp_path / "m.csv"))
    assert found["status"].iloc[5] == "failed" and found["fellow"].isna()[0]


def test_eyes_of_two_visits_or_data_sets_are_not_joined(paired: str) -> None:
    screener = Screener([paired])
    columns = [
        {"patient": "1", "eye": "left", "visit": "2020"},
        {"patient": "1", "eye": "right", "visit": "2021"},
        {"patient": "2", "eye": "left", "dataset": "x"},
        {"patient": "2", "eye": "right", "dataset": "y"},
    ]
    sources = [Source(str(number), "", columns=cells) for number, cells in enumerate(columns)]
    assert Fellows(sources, screener).in_order(range(4)) == [0, 1, 2, 3]
    rows = {position: {"status": "failed"} for position in range(4)}
    assert list(Fellows(sources, screener).final(rows, 4)) == [rows[0]] * 4


def test_an_ensemble_takes_the_mean_of_the_weights_and_needs_all_of_them(bundle: str, paired: str) -> None:
    both = Screener([paired, paired]).ensemble.both_eyes
    assert both is not None and both.weights["abnormal"].own == 1.0
    assert Screener([paired, bundle]).ensemble.both_eyes is None
