import numpy as np
import pandas as pd
import pytest

from fundusfm.errors import EvaluationError
from fundusfm.evaluation.table import check_predictions, label_names, positions, set_names, table


def frame(**changes):
    rows = pd.DataFrame(
        {
            "set": "cv",
            "dataset": "d",
            "image": ["x", "y", "x", "y", "z"],
            "patient": ["1", "", "1", "", ""],
            "label": ["a", "a", "b", "b", "b"],
            "fold": [0, 1, 0, 1, 1],
            "truth": [1, np.nan, 0, 0, 1.0],
            "score": [0.9, 0.8, 0.1, 0.2, 0.3],
        }
    )
    return rows.assign(**changes)


def test_images_by_labels():
    found = table(frame(), "cv")
    assert found.labels == ["a", "b"] and list(found.images["image"]) == ["x", "y", "z"]
    assert found.score == pytest.approx(np.array([[0.9, 0.1], [0.8, 0.2], [np.nan, 0.3]]), nan_ok=True)
    assert np.isnan(found.truth[1, 0]) and np.isnan(found.truth[2, 0])
    assert (found.folds == [0, 1, 1]).all()


def test_probability_is_the_score_where_not_given():
    assert table(frame(), "cv").probability[0, 0] == 0.9
    assert table(frame(probability=[0.5, np.nan, 0, 0, 0]), "cv").probability[:2, 0] == pytest.approx([0.5, 0.8])


def test_images_of_unknown_patient_stand_alone():
    assert len(set(table(frame(), "cv").patients)) == 3
    assert len(set(table(frame(patient="7"), "cv").patients)) == 1


def test_the_same_name_in_two_data_sets_is_two_images_and_two_patients():
    both = pd.concat([frame(patient="7"), frame(patient="7", dataset="e")])
    found = table(both, "cv")
    assert len(found.images) == 6 and len(set(found.patients)) == 2


def test_positions_lead_back():
    predictions = frame()
    found = table(predictions, "cv")
    row, column = positions(predictions, found.labels)
    assert (found.score[row, column] == predictions["score"]).all()


def test_take_by_mask_or_position():
    found = table(frame(), "cv")
    assert list(found.take(found.folds == 1).images["image"]) == ["y", "z"]
    assert list(found.take(np.array([2, 0])).images["image"]) == ["z", "x"]


def test_other_labels_and_their_images_stay_out():
    found = table(frame(), "cv", ["a"])
    assert found.labels == ["a"] and list(found.images["image"]) == ["x", "y"]
    assert found.score[:, 0] == pytest.approx([0.9, 0.8])
    assert label_names(frame(), "cv") == ["a", "b"]


def test_sets_come_in_order():
    assert set_names(pd.concat([frame(), frame(set="abroad")])) == ["cv", "abroad"]


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda rows: rows.drop(columns=["truth", "fold"]), "lacks the column fold, truth"),
        (lambda rows: rows[:0], "no predictions"),
        (lambda rows: rows.assign(score=[0.1, 2.5, 0, 0, 0]), "score of y for a is 2.5"),
        (lambda rows: rows.assign(score=[0.1, np.nan, 0, 0, 0]), "score of y for a is nan"),
        (lambda rows: rows.assign(truth=[1, 3, 0, 0, 0]), "truth of y for a is 3"),
        (lambda rows: pd.concat([rows, rows[2:3]]), "x has two predictions of b in the set cv"),
    ],
)
def test_damaged_predictions_are_refused(damage, message):
    with pytest.raises(EvaluationError, match=message):
        check_predictions(damage(frame()), "p.parquet")
