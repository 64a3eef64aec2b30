"""The share of labels at which a curve reaches the reference."""

import math

import pandas as pd
import pytest

from fundusfm.study.exhibits.label_saving import label_saving, label_saving_table


def _rows(**curves: list[float]) -> pd.DataFrame:
    fractions = [0.01, 0.1, 1.0]
    return pd.DataFrame(
        [
            {"strategy": strategy.replace("_", "+"), "fraction": fraction, "value": value}
            for strategy, values in curves.items()
            for fraction, value in zip(fractions, values, strict=True)
        ]
    )


def _read(**curves: list[float]) -> dict[str, tuple[float, str]]:
    found = label_saving(_rows(**curves))
    return {row["strategy"]: (row["fraction"], row["reached"]) for row in found.to_dict("records")}


def test_halfway_between_two_shares_on_a_logarithmic_scale() -> None:
    fraction, reached = _read(imagenet=[0.5, 0.6, 0.8], imagenet_fundus=[0.5, 0.7, 0.9])["imagenet+fundus"]
    assert reached == "at"
    assert fraction == pytest.approx(math.sqrt(0.1))


def test_never_and_below_the_smallest_share() -> None:
    found = _read(imagenet=[0.5, 0.6, 0.8], scratch=[0.5, 0.5, 0.79], imagenet_fundus=[0.81, 0.85, 0.9])
    assert found["scratch"][1] == "never"
    assert found["imagenet+fundus"] == (0.01, "below")


def test_a_curve_that_falls_below_again_counts_from_where_it_stays() -> None:
    fraction, _ = _read(imagenet=[0.5, 0.6, 0.8], fundus=[0.85, 0.7, 0.9])["fundus"]
    assert fraction == pytest.approx(math.sqrt(0.1))


def test_without_imagenet_random_weights_are_the_reference() -> None:
    assert set(_read(scratch=[0.5, 0.5, 0.6], fundus=[0.5, 0.6, 0.7])) == {"fundus"}
    assert label_saving(_rows(fundus=[0.5, 0.6, 0.7])).empty


def test_the_table_says_it_in_percent() -> None:
    found = label_saving(_rows(imagenet=[0.5, 0.6, 0.8], fundus=[0.5, 0.7, 0.9]))
    table = label_saving_table(found.assign(task="t", method="LF", set="cv", label="abnormal"))
    assert table.rows[0][-1].text == "32 %"
