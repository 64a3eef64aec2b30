"""What a downstream task reads, and the leaks it refuses."""

import copy
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from fundusfm.data.store.reader import Store, open_store
from fundusfm.errors import ConfigError, LabelError, StoreError
from fundusfm.models.bundle import Bundle
from fundusfm.models.card.schema import TrainingData
from fundusfm.models.start import start_network
from fundusfm.training.cohort import Cohort, read_external, read_training, refuse_leak


def _quiet(line: str) -> None:
    """Logs nothing."""


@pytest.fixture
def training(store: Path) -> Cohort:
    return read_training(str(store), ["abnormal"], task="binary", expression=None, log=_quiet)


@pytest.fixture(scope="module")
def start() -> Bundle:
    return start_network("scratch", backbone="mobilenetv2_035", size=64)


def _changed(store: Store, **columns: object) -> Store:
    changed = copy.copy(store)
    changed.frame = store.frame.assign(**columns)
    return changed


def test_selection_keeps_positions_in_the_whole_store(store: Path) -> None:
    cohort = read_training(str(store), ["abnormal"], task="binary", expression="eye == left", log=_quiet)
    assert set(cohort.view.frame["eye"]) == {"left"}
    assert len(cohort) == len(cohort.targets.values) == len(cohort.groups) < len(cohort.store)


def test_rows_without_a_known_label_are_left_out_and_told(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = open_store(str(store))
    cells = opened.frame["abnormal"].to_numpy(dtype=object, copy=True)
    cells[:5] = ""
    monkeypatch.setattr("fundusfm.training.cohort.open_store", lambda source: _changed(opened, abnormal=cells))
    lines: list[str] = []
    cohort = read_training("x", ["abnormal"], task="binary", expression=None, log=lines.append)
    assert len(cohort) == len(opened) - 5 and "5 rows" in lines[0]
    cells[:] = ""
    with pytest.raises(LabelError, match="known abnormal"):
        read_training("x", ["abnormal"], task="binary", expression=None, log=_quiet)


def test_a_store_with_a_photograph_twice_is_refused(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    twice = open_store(str(store)).take([0, 1, 2, 2])
    monkeypatch.setattr("fundusfm.training.cohort.open_store", lambda source: twice)
    with pytest.raises(StoreError, match="twice: prepare it again"):
        read_training("x", ["abnormal"], task="binary", expression=None, log=_quiet)


def test_same_photographs_are_no_external_set(training: Cohort) -> None:
    with pytest.raises(ConfigError, match=r"shares 2 photographs .*memory"):
        refuse_leak(training, _changed(training.store.take([0, 1]), patient=["x", "y"]))


def test_same_patients_are_no_external_set(training: Cohort) -> None:
    other = training.store.take([0, 1, 2])
    with pytest.raises(ConfigError, match="patients with the training data"):
        refuse_leak(training, _changed(other, sha256=["a", "b", "c"]))
    # The same number in another data set is another patient, and an unknown patient is nobody's.
    refuse_leak(training, _changed(other, sha256=["a", "b", "c"], dataset="elsewhere"))
    refuse_leak(training, _changed(other, sha256=["a", "b", "c"], patient=""))


def test_rows_left_out_by_selection_do_not_leak(store: Path) -> None:
    opened = open_store(str(store))
    left = read_training(str(store), ["abnormal"], task="binary", expression="eye == left", log=_quiet)
    refuse_leak(left, _changed(opened.take((opened.frame["eye"] == "right").to_numpy()), patient=""))


def test_external_set_that_the_weights_know(training: Cohort, external_store: Path, start: Bundle) -> None:
    clinic = open_store(str(external_store))
    seen = TrainingData(name="clinic", rows=16, patients=8, hash=clinic.hash)
    known = replace(start, card=start.card.model_copy(update={"training_data": [seen]}))
    with pytest.raises(ConfigError, match="trained on 16 of these 16 photographs"):
        read_external([str(external_store)], training, ["abnormal"], start=known, log=_quiet)


@pytest.mark.parametrize(("column", "positives"), [("age>=0", 32), ("age>=200", 0)])
def test_a_label_of_one_class_is_refused(column: str, positives: int, store: Path) -> None:
    with pytest.raises(LabelError, match=f"has {positives} positives among 32 known rows") as caught:
        read_training(str(store), [column], task="binary", expression=None, log=_quiet)
    assert caught.value.code == "E-LABEL-ONE-CLASS"


def test_unknown_labels_and_taken_names(training: Cohort, external_store: Path, start: Bundle, store: Path) -> None:
    lines: list[str] = []
    labels = ["abnormal", "dr_grade>=1"]
    multi = read_training(str(store), labels, task="multilabel", expression=None, log=_quiet)
    (found,) = read_external([f"clinic={external_store}"], multi, [*labels], start=start, log=lines.append)
    assert found.name == "clinic" and found.targets.values.shape == (16, 2) and not lines
    (blind,) = read_external([str(external_store)], multi, ["abnormal", "nowhere"], start=start, log=lines.append)
    assert np.isnan(blind.targets.values[:, 1]).all() and "no known nowhere" in lines[0]
    for name in ("cv", "clinic"):
        with pytest.raises(ConfigError, match="is taken"):
            read_external(
                [f"clinic={external_store}", f"{name}={external_store}"],
                training,
                ["abnormal"],
                start=start,
                log=_quiet,
            )


def test_a_label_without_its_source_is_taken_from_the_column_of_its_name(
    store: Path, external_store: Path, start: Bundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    labels, lines = ["abnormal=kind!=healthy"], []
    opened = open_store(str(store))
    named = _changed(opened, kind=opened.frame["abnormal"].map({"0": "healthy", "1": "ill"}))
    monkeypatch.setattr("fundusfm.training.cohort.open_store", lambda source: named)
    training = read_training("x", labels, task="binary", expression=None, log=_quiet)
    monkeypatch.undo()
    (cohort,) = read_external([f"clinic={external_store}"], training, labels, start=start, log=lines.append)
    assert cohort.targets.values[:, 0].tolist() == cohort.store.frame["abnormal"].astype(float).tolist()
    assert lines == ["external clinic: abnormal is taken from the column of that name"]


def test_multiclass_external_takes_the_trainings_classes(store: Path, external_store: Path, start: Bundle) -> None:
    cohort = read_training(str(store), ["eye"], task="multiclass", expression=None, log=_quiet)
    (found,) = read_external([f"clinic={external_store}"], cohort, ["eye"], start=start, log=_quiet)
    assert found.targets.labels == cohort.targets.labels == ["left", "right"]
