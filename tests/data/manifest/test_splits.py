"""Patients never straddle a split, test folds never overlap, and shares are nested."""

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fundusfm.data.manifest.splits import (
    count_patients,
    group_folds,
    nested_fraction,
    patient_groups,
    patient_ids,
    people_and_eyes,
    photographs_text,
    strata_of,
    validation_split,
)
from fundusfm.errors import SplitError

NAN = float("nan")
Table = tuple[list[str], npt.NDArray[np.float64]]


@st.composite
def tables(draw: st.DrawFn) -> Table:
    rows = draw(st.integers(12, 60))
    labels = draw(st.integers(1, 3))
    patients = draw(st.lists(st.integers(0, rows), min_size=rows, max_size=rows))
    patients[:8] = range(8)
    cells = st.sampled_from([0.0, 1.0, NAN])
    values = draw(st.lists(st.lists(cells, min_size=labels, max_size=labels), min_size=rows, max_size=rows))
    return [str(patient) for patient in patients], np.array(values)


def _whole_patients(groups: list[str], part: npt.NDArray[np.generic]) -> bool:
    return bool((pd.Series(part).groupby(groups).nunique() == 1).all())


@settings(deadline=None, max_examples=40)
@given(tables(), st.integers(2, 5), st.integers(0, 3))
def test_folds_cover_all_rows_and_keep_patients_whole(table: Table, folds: int, seed: int) -> None:
    groups, targets = table
    fold = group_folds(groups, targets, folds=folds, seed=seed)
    assert set(fold) <= set(range(folds))
    assert _whole_patients(groups, fold)
    np.testing.assert_array_equal(fold, group_folds(groups, targets, folds=folds, seed=seed))


@settings(deadline=None, max_examples=40)
@given(tables(), st.lists(st.floats(0.01, 1.0), min_size=2, max_size=4), st.integers(0, 3))
def test_fractions_are_nested_whole_patients(table: Table, fractions: list[float], seed: int) -> None:
    groups, targets = table
    patients = len(set(groups))
    smaller = np.zeros(len(groups), bool)
    for fraction in sorted(fractions):
        chosen = nested_fraction(groups, targets, fraction=fraction, seed=seed)
        assert _whole_patients(groups, chosen)
        assert len(set(np.array(groups)[chosen])) == max(1, round(fraction * patients))
        assert (chosen | ~smaller).all(), "a smaller share is part of a larger one"
        smaller = chosen
    assert nested_fraction(groups, targets, fraction=1.0, seed=seed).all()


@settings(deadline=None, max_examples=40)
@given(tables(), st.floats(0.01, 0.99), st.integers(0, 3))
def test_validation_is_some_whole_patients_but_not_all(table: Table, share: float, seed: int) -> None:
    groups, targets = table
    validation = validation_split(groups, targets, share=share, seed=seed)
    assert _whole_patients(groups, validation)
    assert validation.any()
    assert not validation.all()


def _clinic() -> Table:
    """1,000 patients with two photographs each; one label in two, in ten, and in fifty patients."""
    rng = np.random.default_rng(5)
    patients = np.repeat(np.arange(1000), 2)
    values = (rng.random((1000, 3)) < (0.5, 0.1, 0.02)).astype(float)
    return [str(patient) for patient in patients], values[patients]


def test_folds_are_stratified_and_even() -> None:
    groups, targets = _clinic()
    fold = group_folds(groups, targets)
    assert np.ptp(np.bincount(fold)) <= 4
    shares = np.array([targets[fold == number].mean(axis=0) for number in range(5)])
    assert (np.abs(shares - targets.mean(axis=0)) < (0.04, 0.02, 0.006)).all()


@pytest.mark.parametrize("fraction", [0.1, 0.25, 0.5])
def test_fractions_are_stratified(fraction: float) -> None:
    groups, targets = _clinic()
    chosen = nested_fraction(groups, targets, fraction=fraction)
    assert (np.abs(targets[chosen].mean(axis=0) - targets.mean(axis=0)) < (0.08, 0.03, 0.015)).all()


def test_smallest_fraction_holds_every_stratum() -> None:
    groups, targets = _clinic()
    chosen = nested_fraction(groups, targets, fraction=0.005)
    assert chosen.sum() == 10
    assert targets[chosen].any(axis=0).all()
    assert (targets[chosen].sum(axis=1) == 0).any()


def test_seed_changes_the_split() -> None:
    groups, targets = _clinic()
    assert (group_folds(groups, targets) != group_folds(groups, targets, seed=1)).any()
    assert (validation_split(groups, targets) != validation_split(groups, targets, seed=1)).any()


def test_stratum_is_the_rarest_positive_label() -> None:
    targets = np.array([[1, 1], [1, 0], [0, 0], [NAN, NAN], [NAN, 0], [1, NAN]])
    assert strata_of(targets).tolist() == [1, 0, -1, -2, -1, 0]
    assert strata_of(np.array([1.0, 0.0, NAN])).tolist() == [0, -1, -2]


def test_patients_are_told_apart_by_dataset_and_photographs_without_one_stand_alone() -> None:
    frame = pd.DataFrame(
        {
            "image": ["a", "b", "a", "c", "d"],
            "dataset": ["x", "x", "y", "x", "x"],
            "patient": ["1", "1", "1", "", ""],
        }
    )
    groups = patient_groups(frame)
    assert groups[0] == groups[1]
    assert len(set(groups)) == 4
    assert len(set(patient_groups(frame[["image"]].drop_duplicates()))) == 4


def test_refusals() -> None:
    targets = np.array([0.0, 1.0, 0.0])
    with pytest.raises(SplitError, match=r"5 folds cannot be made of 2 patients \(3 rows\)"):
        group_folds(["a", "a", "b"], targets)
    with pytest.raises(SplitError, match="at least 2 folds"):
        group_folds(["a", "b", "c"], targets, folds=1)
    for fraction in (0.0, 1.1, NAN):
        with pytest.raises(SplitError, match="outside its range"):
            nested_fraction(["a", "b", "c"], targets, fraction=fraction)
    for share in (0.0, 1.0, NAN):
        with pytest.raises(SplitError, match="outside its range"):
            validation_split(["a", "b", "c"], targets, share=share)
    with pytest.raises(SplitError, match="1 patients cannot be divided"):
        validation_split(["a", "a", "a"], targets)


def test_folds_that_cannot_be_filled_are_refused_with_their_counts() -> None:
    groups = np.repeat([f"p{number}" for number in range(5)], [1, 13, 1, 8, 1])
    targets = np.zeros(24)
    targets[0] = 1
    with pytest.raises(SplitError, match=r"fold 1: \d+ patient\(s\), \d+ positive photograph\(s\); fold 2"):
        group_folds(groups, targets)


def test_one_positive_patient_is_refused_and_two_are_not() -> None:
    groups = [f"p{number:02d}" for number in range(20)]
    for positives in (1, 2):
        targets = np.zeros(20)
        targets[:positives] = 1
        if positives == 1:
            with pytest.raises(SplitError, match="each training part both classes"):
                group_folds(groups, targets, both_classes=True)
        else:
            assert set(group_folds(groups, targets, both_classes=True)) == set(range(5))
        assert set(group_folds(groups, targets)) == set(range(5))


def test_ids_that_differ_in_zeros_only_are_one_patient() -> None:
    frame = pd.DataFrame({"image": list("abcd"), "patient": ["007", "7", "8", "7.0"]}, dtype=object)
    assert patient_groups(frame).tolist() == ["patient:/007", "patient:/007", "patient:/8", "patient:/007"]


def test_unknown_patients_are_not_counted_as_patients() -> None:
    table = pd.DataFrame({"image": ["a", "b", "c", "d"], "patient": ["1", "1", "2", ""]})
    groups = patient_groups(table)
    assert count_patients(groups) == 2
    assert photographs_text(groups) == "4 photographs of 2 patients and 1 of unknown patient"
    nobody = patient_groups(table.drop(columns="patient"))
    assert count_patients(nobody) == 0
    assert photographs_text(nobody).startswith("4 photographs, WARNING: no patient is known")


def test_folds_that_cannot_be_filled_name_a_number_that_can() -> None:
    sizes = [7, 6, 5, 7, 6]
    groups = np.repeat([f"p{number}" for number in range(5)], sizes)
    both = np.repeat([0.0, 0.0, 0.0, 1.0, 1.0], sizes)
    with pytest.raises(SplitError, match=r"fold 1: .*; fold 5: .*To mend it: --folds 4 can be filled"):
        group_folds(groups, both, both_classes=True)
    one = np.repeat([1.0, 0.0, 0.0, 0.0, 0.0], sizes)
    with pytest.raises(SplitError, match="no number of folds can be: add patients with a positive photograph"):
        group_folds(groups, one, both_classes=True)


def test_a_patient_in_two_spellings_has_one_id_and_is_counted_once() -> None:
    frame = pd.DataFrame({"image": list("abc"), "patient": ["0675", "675", ""]})
    assert patient_ids(frame).tolist() == ["0675", "0675", ""]
    assert count_patients(patient_groups(frame)) == 1


def test_people_are_told_apart_by_data_set_and_visit() -> None:
    frame = pd.DataFrame(
        {
            "image": list("abcdef"),
            "patient": ["7", "007", "7", "8", "", "8"],
            "visit": ["1", "1", "2", "", "1", ""],
            "dataset": ["x"] * 5 + ["y"],
            "eye": ["left", "right", "right", "left", "left", ""],
        }
    )
    people, eyes = people_and_eyes(frame)
    assert people[0] == people[1] and len(set(people)) == 5 and people[4] == ""
    assert eyes == ["left", "right", "right", "left", "left", ""]
    assert people_and_eyes(frame[["image"]]) == ([""] * 6, [""] * 6)
