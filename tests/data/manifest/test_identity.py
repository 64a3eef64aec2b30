"""One person, several spellings; one spelling, several persons."""

import pandas as pd
import pytest

from fundusfm.data.manifest.identity import identity_faults, identity_warnings, one_spelling, patient_key


def _frame(**columns: list[str]) -> pd.DataFrame:
    count = len(next(iter(columns.values())))
    return pd.DataFrame({"image": [f"{number}.jpg" for number in range(count)], **columns}, dtype=object)


@pytest.mark.parametrize(
    ("one", "other"),
    [("7", "007"), ("7", "7.0"), ("P12", "p 12"), ("S1-007", "s1-7"), ("12,0", "12"), ("０7", "7"), ("٠١٢", "12")],
)
def test_spellings_of_one_id(one: str, other: str) -> None:
    assert patient_key(one) == patient_key(other)


@pytest.mark.parametrize(("one", "other"), [("7", "70"), ("1.1", "1.10"), ("P1", "Q1"), ("0", "00.5"), ("10", "1")])
def test_different_ids_stay_different(one: str, other: str) -> None:
    assert patient_key(one) != patient_key(other)


def test_spellings_are_merged_within_a_data_set_only() -> None:
    patients = pd.Series(["007", "7", "8", "7"], dtype=object)
    datasets = pd.Series(["a", "a", "a", "b"], dtype=object)
    assert one_spelling(patients, datasets).tolist() == ["007", "007", "8", "7"]


def test_two_spellings_are_a_fault() -> None:
    (fault,) = identity_faults(_frame(patient=["007", "8", "7", "9"]))
    assert (fault.kind, fault.rows) == ("patient_spelling", (2, 4))
    assert "007, 7 differ only in zeros" in fault.message
    assert not list(identity_faults(_frame(patient=["007", "8", "007", "nan", "NAN", ""])))


def test_ids_that_excel_has_rounded() -> None:
    (fault,) = identity_faults(_frame(patient=["4.85777E+09", "4857770001", "4,1E+10"]))
    assert (fault.kind, fault.rows) == ("number_cut", (2, 4))


def _kinds(frame: pd.DataFrame, *labels: str, task: str = "multilabel") -> dict[str, tuple[int, ...]]:
    return {fault.kind: fault.rows for fault in identity_warnings(frame, labels, task=task)}  # type: ignore[arg-type]


def test_photographs_without_a_patient_are_said() -> None:
    assert _kinds(_frame(eye=["left"])) == {"no_patient": ()}
    assert _kinds(_frame(patient=["7", "", "8"])) == {"no_patient": (3,)}
    assert _kinds(_frame(patient=["7", "8"])) == {}


def test_words_for_missing_values_and_spellings_of_classes() -> None:
    frame = _frame(patient=["7", "nan", "8", "9"], dx=["NA", "DR", "dr", "normal"])
    assert _kinds(frame, "dx", task="multiclass") == {"missing_word": (2,), "class_spelling": (3, 4)}
    found = list(identity_warnings(frame, ["dx"], task="multiclass"))
    assert [(fault.column, fault.rows) for fault in found if fault.kind == "missing_word"] == [
        ("patient", (3,)),
        ("dx", (2,)),
    ]
    assert "--missing nan" in found[0].fix


def test_one_id_for_two_persons() -> None:
    frame = _frame(patient=["7", "7", "8", "8"], Sex=["F", "M", "f", "F"], birth_date=["1950", "1950", "", "1961"])
    assert _kinds(frame) == {"two_persons": (2, 3)}


def test_an_eye_that_the_name_contradicts() -> None:
    frame = pd.DataFrame(
        {"image": ["7_left.jpg", "b/7_OD.jpg", "leftover.jpg"], "patient": "7", "eye": ["right", "right", "right"]}
    )
    assert _kinds(frame) == {"eye_against_name": (2,)}


def test_ids_that_may_be_one_and_dates_that_were_ids() -> None:
    frame = _frame(patient=["P-1", "P_01", "P2", "P1", "1-12", "11-2", "P-2"])
    faults = [fault for fault in identity_warnings(frame, [], task="multilabel") if fault.kind == "patient_alike"]
    assert [fault.message.split(" differ")[0] for fault in faults] == ["P-1, P_01, P1", "P2, P-2"]
    assert faults[0].rows == (2, 3, 5)
    dates = _frame(patient=["3-Jan", "Mar-01", "2024-03-01 00:00:00", "2024-03", "Jan"])
    assert _kinds(dates)["date_as_id"] == (2, 3, 4)


def test_classes_that_differ_in_signs_are_one_and_numbers_are_not() -> None:
    words = _frame(patient=list("abcd"), dx=["No DR", "no_dr", "D.R.", "No-DR"])
    assert _kinds(words, "dx", task="multiclass")["class_spelling"] == (2, 3, 5)
    assert "class_spelling" not in _kinds(_frame(patient=list("ab"), dx=["1.0", "10"]), "dx", task="multiclass")
