"""Table 1 counts patients where they are named, and says where they are not."""

from pathlib import Path

import numpy as np

from fundusfm.data.store.reader import Store, open_store
from fundusfm.study.exhibits.cohorts import Group, cohort_table, nameless_text


def _group(store: Store) -> Group:
    return Group("task, 5 folds", store, ["abnormal"], "binary")


def test_patients_are_counted(store: Path) -> None:
    opened = open_store(f"inside={store}")
    exhibit = cohort_table([_group(opened)])
    row = exhibit.numbers.iloc[0]
    assert row["photographs"] == len(opened)
    assert row["patients"] == opened.frame["patient"].nunique()
    assert row["positives"] == (opened.frame["abnormal"].astype(float) == 1).sum()
    assert nameless_text([_group(opened)]) == []


def test_sets_without_patients_are_named(store: Path) -> None:
    nameless = open_store(f"inside={store}").take(np.arange(8))
    nameless.frame["patient"] = ""
    exhibit = cohort_table([_group(nameless)])
    assert exhibit.numbers["patients"].isna().all()
    (sentence,) = nameless_text([_group(nameless)])
    assert sentence.startswith("inside names no patient, so its folds and intervals are by photograph")
