"""Every fault of a table is found, with its row."""

import pandas as pd
import pytest

from fundusfm.data.manifest.fault import Fault
from fundusfm.data.manifest.faults import table_faults
from fundusfm.errors import LabelError

CLEAN = {
    "image": ["a.jpg", "b.jpg", "c.jpg", "d.jpg"],
    "patient": ["1", "1", "2", "3"],
    "eye": ["left", "right", "left", ""],
    "part": ["train", "train", "test", "test"],
    "fold": ["0", "0", "1", "1"],
    "abnormal": ["0", "1", "1", "0"],
}


def _faults(labels: tuple[str, ...] = ("abnormal",), task: str = "multilabel", **changes: list[str]) -> list[Fault]:
    frame = pd.DataFrame(CLEAN | changes, dtype=object)
    return table_faults(frame, labels, task=task, where="m.csv")  # type: ignore[arg-type]


def test_clean_table_has_none() -> None:
    assert _faults() == []


@pytest.mark.parametrize(
    ("changes", "kind", "rows", "says"),
    [
        ({"image": ["a.jpg", "b.jpg", "a.jpg", "d.jpg"]}, "repeated_path", (2, 4), "named 2 times"),
        ({"image": ["a.jpg", "", "c.jpg", "d.jpg"]}, "missing_file", (3,), "names no image"),
        ({"eye": ["left", "OD", "", ""]}, "bad_value", (3,), "'OD' is no eye"),
        (
            {"part": ["train", "test", "test", "test"]},
            "patient_in_two_parts",
            (2, 3),
            "patient 1 is in part test and train",
        ),
        ({"abnormal": ["0", "1", "2", "0"], "fold": [""] * 4}, "bad_label", (4,), "'2' is no label"),
        ({"abnormal": ["0", "1", "maybe", "0"], "fold": [""] * 4}, "bad_label", (4,), "'maybe' is no label"),
        ({"abnormal": ["1", "1", "", "1"]}, "single_class", (), "3 known rows hold one class"),
        ({"abnormal": ["0", "1", "1", ""]}, "single_class", (), "fold 1 holds one class"),
    ],
)
def test_fault(changes: dict[str, list[str]], kind: str, rows: tuple[int, ...], says: str) -> None:
    (fault,) = _faults(**changes)
    assert (fault.kind, fault.rows) == (kind, rows)
    assert says in fault.message
    assert fault.fix


def test_same_patient_number_in_two_datasets_is_two_patients() -> None:
    assert _faults(part=["train", "test", "test", "test"], dataset=["x", "y", "x", "x"]) == []


def test_classes_and_comparisons_are_labels_too() -> None:
    assert _faults(("grade",), "multiclass", grade=["0", "1", "2", "0"]) == []
    assert _faults(("grade>=2",), grade=["0", "3", "2", "0"]) == []


@pytest.mark.parametrize("cells", [["mild"] * 4, ["mild", "", "", ""], [""] * 4])
def test_too_few_classes_are_one_fault_and_no_bad_cells(cells: list[str]) -> None:
    (fault,) = _faults(("grade",), "multiclass", grade=cells)
    assert (fault.kind, fault.rows, fault.column) == ("single_class", (), "grade")


def test_missing_label_column_is_an_error() -> None:
    with pytest.raises(LabelError, match="no label column `disease`"):
        _faults(("disease",))
