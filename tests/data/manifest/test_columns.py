"""Known columns under other names."""

from collections.abc import Callable

import pandas as pd
import pytest

from fundusfm.data.manifest.columns import with_known_columns


@pytest.mark.parametrize("name", ["Patient ID", "patient_id", "PatientID", "MRN", "subject", "Subject-Id"])
def test_patients_are_found_under_many_names(name: str) -> None:
    table, taken = with_known_columns(pd.DataFrame({"image": ["a"], name: ["7"]}, dtype=object))
    assert table["patient"].tolist() == ["7"] and name in table
    assert taken == {"patient": name}


@pytest.mark.parametrize("name", ["Filename", "Image Path", "File"])
def test_photographs_are_found_under_other_names(name: str) -> None:
    table, taken = with_known_columns(pd.DataFrame({name: ["a.jpg"], "stage": ["1"]}, dtype=object))
    assert table["image"].tolist() == ["a.jpg"] and taken == {"image": name}


@pytest.mark.parametrize("name", ["stage", "Patient Sex", "id", "image_id", "impatient"])
def test_other_columns_are_left_alone(name: str) -> None:
    table, taken = with_known_columns(pd.DataFrame({"image": ["a"], name: ["7"]}, dtype=object))
    assert list(table) == ["image", name] and not taken


def test_ages_are_found_under_other_names() -> None:
    table, taken = with_known_columns(pd.DataFrame({"image": ["a"], "Age": ["61"]}, dtype=object))
    assert table["age"].tolist() == ["61"] and taken == {"age": "Age"}


@pytest.mark.parametrize("known", ["image", "patient", "age", "eye"])
@pytest.mark.parametrize("spelt", [str.capitalize, str.upper])
def test_a_known_column_in_other_letters_is_renamed_as_a_store_cannot_hold_both(
    known: str, spelt: Callable[[str], str]
) -> None:
    own = spelt(known)
    table, taken = with_known_columns(pd.DataFrame({"a": ["1"], own: ["7"], "Sex": ["F"]}, dtype=object))
    assert list(table) == ["a", known, "Sex"] and taken == {known: own}
    assert table[known].tolist() == ["7"]


def test_the_named_column_wins_over_others() -> None:
    table, taken = with_known_columns(pd.DataFrame({"image": ["a"], "MRN": ["9"], "patient": ["7"]}, dtype=object))
    assert table["patient"].tolist() == ["7"] and not taken


def test_eyes_have_one_spelling() -> None:
    cells = ["OD", "os", "R", "Left", "right", "", "both"]
    table, taken = with_known_columns(pd.DataFrame({"image": cells, "Laterality": cells}, dtype=object))
    assert table["eye"].tolist() == ["right", "left", "right", "left", "right", "", "both"]
    assert taken == {"eye": "Laterality"}
