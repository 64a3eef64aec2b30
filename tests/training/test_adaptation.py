"""Which rows a fold learns from."""

from pathlib import Path

import numpy as np
import pytest

from fundusfm.config.probe import ProbeConfig
from fundusfm.runs import open_run
from fundusfm.training.adaptation import Adaptation, read_adaptation


@pytest.fixture
def adaptations(store: Path, tmp_path: Path) -> list[Adaptation]:
    return [
        read_adaptation(
            open_run(tmp_path / str(fraction), command="probe", config={}),
            ProbeConfig(
                data=str(store),
                labels=["abnormal"],
                weights="scratch",
                backbone="mobilenetv2_035",
                folds=3,
                fraction=fraction,
                out=str(tmp_path / str(fraction)),
            ),
        )
        for fraction in (0.25, 0.5, 1.0)
    ]


@pytest.mark.parametrize("fold", [0, 1, 2, None])
def test_fractions_are_nested_and_never_touch_the_test_fold(adaptations: list[Adaptation], fold: int | None) -> None:
    quarter, half, whole = (adaptation.train_rows(fold) for adaptation in adaptations)
    assert quarter.sum() < half.sum() < whole.sum()
    assert not (quarter & ~half).any() and not (half & ~whole).any()
    test = adaptations[0].folds == fold
    assert not (whole & test).any() and (whole | test).all()


def test_folds_and_fractions_keep_patients_whole(adaptations: list[Adaptation]) -> None:
    half = adaptations[1]
    groups, used = half.training.groups, half.train_rows(0)
    assert not set(groups[used]) & set(groups[~used])
    np.testing.assert_array_equal(adaptations[0].folds, adaptations[2].folds)
