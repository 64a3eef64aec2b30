import json
import math

from fundusfm.models.card.results import Estimate, Results
from fundusfm.runs import plain

FOLDS = Estimate(0.7, 0.6, 0.8, "mean over 1 of 2 folds", (0.7, math.nan), 0.1)


def test_an_estimate_is_written_and_read_as_json():
    for cell in (
        Estimate(0.5, 0.4, 0.6),
        FOLDS,
        Estimate(math.nan, reason="few"),
        Estimate(5.0, 5.0, 5.0, folds=(5.0, 5.0), total=10.0),
    ):
        again = Estimate.read(json.loads(json.dumps(plain(cell.plain()), allow_nan=False)))
        assert repr(again) == repr(cell)


def test_the_keys_of_the_file():
    assert Estimate(0.5, 0.4, 0.6).plain() == {"value": 0.5, "low": 0.4, "high": 0.6}
    assert list(FOLDS.plain()) == ["mean", "std", "low", "high", "folds", "reason"]


def test_results_are_written_and_read():
    labels = {"a": {"auroc": Estimate(0.5, 0.4, 0.6)}}
    results = Results({"a": {"auroc": FOLDS}}, {"far": labels}, {"far": {"sex": {"f": labels}}})
    assert repr(Results.read(plain(results.plain()))) == repr(results)
    assert list(results.sets) == ["cv", "far"] and list(Results(external={"far": labels}).sets) == ["far"]


def test_other_keys_are_left_alone():
    found = Results.read({"cv": {}, "external": {}, "training": {"dice": 1}, "notes": []})
    assert found == Results() and Results.read({}).subgroups is None
