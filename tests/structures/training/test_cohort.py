"""Folds and fractions by whole patients."""

from pathlib import Path

import numpy as np
import pytest

from fundusfm.errors import SplitError
from fundusfm.structures.photographs import StructureImage
from fundusfm.structures.training.cohort import make_cohort


def images(dataset: str, patients: int, each: int = 2) -> list[StructureImage]:
    return [
        StructureImage(f"{number}_{eye}.png", 2, dataset, f"p{number}", Path("m.csv"), Path("x.png"), {})
        for number in range(patients)
        for eye in range(each)
    ]


def test_patients_stay_together_and_every_set_is_in_every_fold() -> None:
    rows = images("a", 6) + images("b", 6)  # of equal names, but other people
    cohort = make_cohort(rows, folds=3, fraction=1.0, seed=0)
    for group in np.unique(cohort.groups.astype(str)):
        assert len(set(cohort.folds[cohort.groups == group])) == 1
    for fold in range(3):
        assert {image.dataset for image, own in zip(rows, cohort.folds == fold, strict=True) if own} == {"a", "b"}
        assert not (cohort.train_rows(fold) & (cohort.folds == fold)).any()
    assert cohort.train_rows(None).all()


def test_fractions_are_nested() -> None:
    rows = images("a", 10)
    small, large = (make_cohort(rows, folds=2, fraction=share, seed=1) for share in (0.2, 0.6))
    for fold in (0, 1, None):
        assert small.train_rows(fold).sum() < large.train_rows(fold).sum()
        assert not (small.train_rows(fold) & ~large.train_rows(fold)).any()


def test_too_few_patients_are_refused() -> None:
    with pytest.raises(SplitError, match="5 folds cannot be made of the 2 patients of 4 photographs"):
        make_cohort(images("a", 2), folds=5, fraction=1.0, seed=0)
