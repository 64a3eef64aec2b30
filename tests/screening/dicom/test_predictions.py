"""Decoded photographs get the scores that `fundusfm.load` gives their files."""

from pathlib import Path

import cv2
import numpy as np
import pytest

import fundusfm
from fundusfm.errors import ConfigError
from fundusfm.screening.dicom.predictions import ReportScreener


def test_scores_are_those_of_the_file(
    screener: ReportScreener, photo: np.ndarray, weights: str, tmp_path: Path
) -> None:
    cv2.imwrite(str(tmp_path / "a.png"), cv2.cvtColor(photo, cv2.COLOR_RGB2BGR))
    expected = fundusfm.load(weights).predict([tmp_path / "a.png"]).iloc[0]
    row = screener.screen("a", photo)
    for column in ("abnormal.score", "abnormal.probability", "abnormal.decision", "dr.score", "dr.probability"):
        assert row[column] == pytest.approx(expected[column], abs=1e-6)
    assert row["dr.decision"] is None


def test_operating_point_decides(weights: str, photo: np.ndarray) -> None:
    strict = ReportScreener(weights, "screening")
    assert strict.screen("a", photo)["abnormal.decision"] == 0
    assert strict.identity.digest != ReportScreener(weights).identity.digest
    with pytest.raises(ConfigError, match="--operating-point best is not stored"):
        ReportScreener(weights, "best")
