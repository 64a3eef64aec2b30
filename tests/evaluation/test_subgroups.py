import numpy as np
import pandas as pd
import pytest

from fundusfm.errors import ConfigError
from fundusfm.evaluation.subgroups import subgroups
from fundusfm.evaluation.table import table


def groups(values, column="x"):
    n = len(values)
    rows = pd.DataFrame(
        {
            "set": "e",
            "dataset": "d",
            "image": [str(row) for row in range(n)],
            "patient": "",
            "label": "a",
            "fold": -1,
            "truth": 0.0,
            "score": 0.5,
            column: values,
        }
    )
    return {name: list(np.flatnonzero(mask)) for name, mask in subgroups(table(rows, "e"), column)}


def test_by_value_and_unknown_last():
    assert list(groups(["m", "f", "", "f", None]).items()) == [("f", [1, 3]), ("m", [0]), ("unknown", [2, 4])]


def test_ages_come_in_bands():
    found = groups(["39", "40", "59.5", "60", "", "8", "101"], "age")
    assert list(found.items()) == [("<40", [0, 5]), ("40-59", [1, 2]), ("60+", [3, 6]), ("unknown", [4])]


def test_an_age_that_cannot_be_read_is_unknown():
    found = groups(["39", "n/k", "61?", "60", *map(str, range(20, 60))], "Age")
    assert found["unknown"] == [1, 2] and list(found) == ["<40", "40-59", "60+", "unknown"]


def test_few_numbers_are_groups_and_many_are_cut_at_terciles():
    assert list(groups(["10", "2", "2"])) == ["2", "10"]
    found = groups([str(value) for value in range(9)])
    assert [len(rows) for rows in found.values()] == [3, 3, 3] and next(iter(found)).startswith("<")


def test_every_image_is_in_one_group():
    rng = np.random.default_rng(0)
    found = groups([f"{value:.2f}" for value in rng.normal(size=40)])
    assert sorted(row for rows in found.values() for row in rows) == list(range(40))


def test_a_column_of_names_is_no_grouping():
    with pytest.raises(ConfigError, match="40 different values"):
        groups([f"p{row}" for row in range(40)])


def test_a_missing_column_is_named_with_those_there_are():
    with pytest.raises(ConfigError, match=r"no such column; they have .*truth"):
        list(
            subgroups(
                table(
                    pd.DataFrame(
                        {
                            "set": ["e"],
                            "dataset": "d",
                            "image": "i",
                            "patient": "",
                            "label": "a",
                            "fold": -1,
                            "truth": 0.0,
                            "score": 0.5,
                        }
                    ),
                    "e",
                ),
                "sex",
            )
        )
