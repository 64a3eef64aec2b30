"""Targets keep unknown labels unknown, and refuse what is outside the declared set by row and column."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fundusfm.data.manifest.labels import Targets, Task, read_targets, row_number
from fundusfm.errors import LabelError

NAN = float("nan")


def _read(cells: dict[str, list[str]], labels: list[str], task: Task = "multilabel", **options: object) -> Targets:
    frame = pd.DataFrame(cells, dtype=object)
    return read_targets(frame, labels, task=task, where="m.csv", **options)  # type: ignore[arg-type]


def test_zero_one_and_unknown() -> None:
    targets = _read({"a": ["0", "1", "", " 1.0 "], "b": ["", "0.0", "", "1"]}, ["b", "a"])
    assert targets.labels == ["b", "a"]
    assert targets.values.dtype == np.float32
    np.testing.assert_array_equal(targets.values, [[NAN, 0], [0, 1], [NAN, NAN], [1, 1]])
    assert targets.known().tolist() == [True, True, False, True]
    assert (targets.classes, targets.ordered) == (None, False)


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        ("g>=2", [0, 1, 1, NAN]),
        ("g > 2", [0, 0, 1, NAN]),
        ("g<=0", [1, 0, 0, NAN]),
        ("g<2", [1, 0, 0, NAN]),
        ("g==2.0", [0, 1, 0, NAN]),
        ("g!=2", [1, 0, 1, NAN]),
    ],
)
def test_comparison_makes_a_label(label: str, expected: list[float]) -> None:
    targets = _read({"g": ["0", "2", "3", ""]}, [label], "binary")
    assert targets.labels == [label]
    np.testing.assert_array_equal(targets.values[:, 0], expected)


def test_column_whose_name_looks_like_a_comparison_is_itself() -> None:
    np.testing.assert_array_equal(_read({"g>=2": ["1", "0"]}, ["g>=2"]).values[:, 0], [1, 0])


def test_numeric_classes_are_ordered_by_number() -> None:
    targets = _read({"g": ["10", "2", "2.0", ""]}, ["g"], "multiclass")
    assert targets.labels == targets.classes == ["2", "10"]
    assert targets.ordered
    np.testing.assert_array_equal(targets.values, [[0, 1], [1, 0], [1, 0], [NAN, NAN]])


def test_named_classes_and_a_declared_order() -> None:
    cells = {"d": ["dr", "normal", "dr"]}
    assert _read(cells, ["d"], "multiclass").labels == ["dr", "normal"]
    declared = _read(cells, ["d"], "multiclass", classes=["normal", "amd", "dr"])
    assert (declared.labels, declared.ordered) == (["normal", "amd", "dr"], False)
    np.testing.assert_array_equal(declared.values[0], [0, 0, 1])


def test_missing_column_is_unknown_only_when_allowed() -> None:
    assert np.isnan(_read({"a": ["1", "0"]}, ["a", "b"], missing_ok=True).values[:, 1]).all()
    unknown = _read({"a": ["1"]}, ["d"], "multiclass", classes=["x", "y"], missing_ok=True)
    assert np.isnan(unknown.values).all()
    with pytest.raises(LabelError, match="no label column `b`; name one of its columns: a"):
        _read({"a": ["1", "0"]}, ["a", "b"])
    with pytest.raises(LabelError, match="no label column `d`"):
        _read({"a": ["1"]}, ["d"], "multiclass", missing_ok=True)


@pytest.mark.parametrize(
    ("labels", "task", "options", "says"),
    [
        ([], "multilabel", {}, "No label was named"),
        (["a", "a"], "multilabel", {}, "more than once"),
        (["a", "g"], "binary", {}, "use --task multilabel"),
        (["g"], "binary", {}, "row 3, column `g`: '2' is outside"),
        (["d>=2"], "binary", {}, "row 2, column `d`: 'dr' is outside"),
        (["g>=x"], "binary", {}, "is no number"),
        (["one"], "multiclass", {}, "needs two classes or more"),
        (["d"], "multiclass", {"classes": ["dr", "amd"]}, "row 3, column `d`: 'normal' is outside"),
        (["g"], "multiclass", {"classes": ["0", "0.0", "2"]}, "each named once"),
    ],
)
def test_refusal(labels: list[str], task: Task, options: dict[str, list[str]], says: str) -> None:
    cells = {"a": ["0", "1", ""], "g": ["0", "2", "3"], "d": ["dr", "normal", ""], "one": ["x", "x", "x"]}
    with pytest.raises(LabelError) as error:
        _read(cells, labels, task, **options)
    assert says in str(error.value)


def test_refusal_gives_the_row_of_the_file_for_a_selected_frame() -> None:
    frame = pd.DataFrame({"a": ["0", "1", "7"]}, dtype=object)[[False, True, True]]
    assert row_number(frame, 1) == 4
    with pytest.raises(LabelError, match="row 4"):
        read_targets(frame, ["a"], task="binary", where="m.csv")


@given(st.lists(st.one_of(st.sampled_from(["0", "1", "", "0.0", "1.0", " 1"]), st.text(max_size=4)), min_size=1))
def test_cells_are_read_or_refused_and_never_guessed(cells: list[str]) -> None:
    try:
        values = _read({"a": cells}, ["a"]).values[:, 0]
    except LabelError as error:
        assert "outside the declared set" in str(error)
        return
    for cell, value in zip(cells, values, strict=True):
        assert np.isnan(value) if not cell.strip() else float(cell) == value


@given(st.lists(st.sampled_from(["mild", "severe", "none", ""]), min_size=2))
def test_classes_are_one_hot_or_unknown(cells: list[str]) -> None:
    targets = _read({"d": cells}, ["d"], "multiclass", classes=["none", "mild", "severe"])
    for cell, row in zip(cells, targets.values, strict=True):
        if cell:
            assert row.sum() == 1
            assert targets.labels[int(row.argmax())] == cell
        else:
            assert np.isnan(row).all()


def test_words_are_compared_whatever_their_case_and_labels_get_names() -> None:
    frame = pd.DataFrame({"Diagnosis": ["normal", "Normal ", "glaucoma", ""], "grade": ["0", "1", "2", ""]})
    labels = ["abnormal=Diagnosis!=normal", "Diagnosis==glaucoma", "referable=grade>=2"]
    targets = read_targets(frame, labels, task="multilabel", where="t.csv")
    assert targets.labels == ["abnormal", "Diagnosis==glaucoma", "referable"]
    np.testing.assert_array_equal(targets.values.T[0], [0, 0, 1, np.nan])
    np.testing.assert_array_equal(targets.values.T[1], [0, 0, 1, np.nan])
    np.testing.assert_array_equal(targets.values.T[2], [0, 0, 1, np.nan])


@pytest.mark.parametrize("label", ["Diagnosis>=normal", "Diagnosis==norml"])
def test_a_comparison_that_fits_no_word_is_refused(label: str) -> None:
    frame = pd.DataFrame({"Diagnosis": ["normal", "glaucoma"]})
    with pytest.raises(LabelError, match="Diagnosis") as refused:
        read_targets(frame, [label], task="binary", where="t.csv")
    assert refused.value.code == "E-LABEL-COMPARISON"


def test_a_word_that_means_unknown_is_no_class_of_a_comparison() -> None:
    frame = pd.DataFrame({"Diagnosis": ["normal", "glaucoma", "N/A"]})
    with pytest.raises(LabelError, match=r"row 4, column `Diagnosis`: 'N/A' probably means") as refused:
        read_targets(frame, ["abnormal=Diagnosis!=normal"], task="binary", where="t.csv")
    assert refused.value.code == "E-LABEL-MISSING-WORD"
    with pytest.raises(LabelError, match="NAME=Diagnosis!=normal"):
        read_targets(frame, ["Diagnosis"], task="binary", where="t.csv")
