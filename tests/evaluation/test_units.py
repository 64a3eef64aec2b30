import numpy as np
import pytest

from fundusfm.evaluation.intervals import patient_weights
from fundusfm.evaluation.table import table
from fundusfm.evaluation.units import label_unit, overall_unit, resample


def folds_of(part):
    return [(int(fold), np.flatnonzero(part.folds == fold)) for fold in np.unique(part.folds)]


def test_resamples_of_weight_one_are_the_values(predictions):
    part = table(predictions, "cv")
    unit = label_unit(part, 0, folds_of(part), frozenset())
    found = unit.resample(np.ones((len(part.images), 1)))
    assert found["auroc"][0] == pytest.approx(np.mean([fold.values["auroc"] for fold in unit.parts]))


def test_overall_of_weight_one_is_the_value(multiclass):
    part = table(multiclass, "cv")
    unit = overall_unit(part, True, [(0, np.arange(len(part.images)))])
    found = unit.resample(np.ones((len(part.images), 1)))
    for metric, values in found.items():
        assert values[0] == pytest.approx(unit.parts[0].values[metric]), metric


def test_units_share_the_resamples(predictions):
    part = table(predictions, "cv")
    units = [label_unit(part, 0, folds_of(part), frozenset()) for _ in range(2)]
    first, second = resample(units, patient_weights(part.patients, repeats=7))
    assert first["auroc"].shape == (7,) and (first["auroc"] == second["auroc"]).all()


def test_reasons_tell_apart_what_lacks(predictions):
    part = table(predictions, "cv")  # no thresholds at all
    unit = label_unit(part, 0, folds_of(part)[:1], frozenset())
    assert unit.parts[0].reasons["kappa"].startswith("no operating point")
    assert "auroc" not in unit.parts[0].reasons
