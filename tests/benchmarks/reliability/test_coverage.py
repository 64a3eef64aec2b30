"""The simulation itself, on few repetitions: intervals that hold, and tests that are given only where they hold."""

import numpy as np
import pytest

from benchmarks.reliability import coverage as coverage_module
from benchmarks.reliability.coverage import cells, coverage, false_findings, lines, sample


def test_intervals_hold_with_two_positive_patients() -> None:
    held = coverage(2, 60, 0.9, simulations=80, repeats=200)
    assert all(share >= 0.85 for share in held.values()), held


def test_one_positive_patient_has_no_auroc() -> None:
    found = cells(sample(1, 60, 0.98, np.random.default_rng(0), images=2), repeats=20, seed=0)
    assert np.isnan([found["auroc"].value, found["auroc"].low, found["sensitivity"].high]).all()
    assert found["specificity"].low < found["specificity"].value < found["specificity"].high


def test_folds_are_averaged() -> None:
    held = coverage(20, 100, 0.7, simulations=20, repeats=50, folds=5)
    assert held["auroc"] >= 0.8 and held["sensitivity"] >= 0.8


def test_delong_needs_positives_and_is_not_reported_without() -> None:
    one, many = (false_findings(number, 300, 0.7, simulations=60, repeats=50) for number in (1, 50))
    assert one["raw"] > 0.5 and np.isnan(one["delong"]) and np.isnan(one["bootstrap"])
    assert many["delong"] == many["raw"] < 0.2


def test_tables_are_markdown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(coverage_module, "POSITIVES", (2, 20))
    monkeypatch.setattr(coverage_module, "AREAS", (0.7,))
    text = list(lines(2, 5))
    # Two lines of head each, and a row for each number; folds need more positives than two.
    assert sum(line.startswith("| ") for line in text) == 4 * 2 + 2 + 2 + 1 + 2 and "Paired tests" in "\n".join(text)
