"""Labels are counted by photographs and patients, and rare ones are named."""

import pandas as pd

from fundusfm.data.manifest.counts import LabelCount, label_counts, rare_labels

_FRAME = pd.DataFrame(
    {
        "image": [f"{row}.jpg" for row in range(12)],
        "patient": ["1", "1", *map(str, range(2, 12))],
        "dr": ["1", "1", "", *"000011111"],
        "grade": ["0", "2", "2", *"000001110"],
        "bad": ["x"] * 12,
    },
    dtype=object,
)


def test_counts_of_columns_and_comparisons() -> None:
    counts = label_counts(_FRAME, ["dr", "severe=grade>=2", "bad"], task="multilabel", where="m.csv")
    assert counts == [LabelCount("dr", "dr", 7, 11, 6, 1), LabelCount("severe", "severe=grade>=2", 2, 12, 2, 0)]
    assert counts[0].text() == "label dr: positive in 7 of 11 known photographs, of 6 patients"
    (fault,) = rare_labels(counts)
    assert (fault.kind, fault.column) == ("rare_label", "severe=grade>=2")
    assert "severe is positive in 2 patients, fewer than the 5 folds" in fault.message


def test_classes_are_counted_one_by_one() -> None:
    counts = label_counts(_FRAME, ["grade"], task="multiclass", where="m.csv")
    assert [(count.label, count.positives) for count in counts] == [("grade: 0", 7), ("grade: 1", 3), ("grade: 2", 2)]
