import numpy as np
import pandas as pd

from fundusfm.report.evidence.figure import decision_curve_figure


def test_the_curve_stands_between_everybody_and_nobody() -> None:
    x = np.array([0.1, 0.2, 0.3])
    curve = pd.DataFrame({"threshold": x, "model": [0.1, 0.08, 0.06], "low": np.nan, "high": np.nan,
                          "everybody": [0.09, -0.01, -0.2]})  # fmt: skip
    (axes,) = decision_curve_figure(curve, title="Glaucoma").axes
    assert [line.get_label() for line in axes.lines] == ["refer everybody", "refer nobody", "refer by the model"]
    assert not axes.collections
    low, high = axes.get_ylim()
    assert -0.1 < low < 0 < 0.1 < high
    (axes,) = decision_curve_figure(curve.assign(low=0.05, high=0.12), title="Glaucoma").axes
    assert len(axes.collections) == 1
