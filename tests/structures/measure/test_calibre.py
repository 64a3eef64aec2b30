"""Width at right angles of drawn vessels."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fundusfm.structures.measure.calibre import widths_across


@given(st.floats(0, np.pi), st.floats(3, 20), st.floats(-0.5, 0.5))
@settings(max_examples=25)
def test_a_straight_line_is_as_wide_at_any_angle(angle: float, width: float, shift: float) -> None:
    rows, columns = np.mgrid[:100, :100].astype(np.float64)
    away = (rows - 50) * np.cos(angle) - (columns - 50) * np.sin(angle) - shift
    mask = ((away >= -width / 2) & (away < width / 2)).astype(np.float32)
    along = np.arange(-30, 31)[:, None] * np.array([np.sin(angle), np.cos(angle)])
    path = 50 + along + shift * np.array([np.cos(angle), -np.sin(angle)])
    # Drawn in whole pixels, a line is up to one pixel wider; widths are in steps of a tenth.
    assert np.nanmedian(widths_across(mask, path, reach=25)) == pytest.approx(width, abs=1.2)


def test_a_path_outside_has_no_width() -> None:
    path = np.stack([np.arange(5.0), np.full(5, 3.0)], axis=1)
    assert np.isnan(widths_across(np.zeros((10, 10), np.float32), path, reach=4)).all()
