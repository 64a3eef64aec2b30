"""Selections keep exactly the rows they say, and nothing but comparisons is ever accepted."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fundusfm.data.manifest.select import columns_named, select, select_many
from fundusfm.errors import SelectError

FRAME = pd.DataFrame(
    {
        "part": ["up", "down", "up", ""],
        "age": ["40", "61", "", "9"],
        "sex": ["female", "male", "female", "female"],
        "M": ["1", "0", "0", ""],
        "no dr": ["1", "1", "0", ""],
        "day": ["2020-01-03", "2021-05-01", "", "2019-12-31"],
        "first": ["3", "2", "", "1"],
        "second": ["3.0", "5", "", "0"],
        "found": [True, False, True, True],
        "radius": [1.5, 2.5, np.nan, 0.5],
        "class": ["normal", "", "cataract", "normal"],
    }
)


@pytest.mark.parametrize(
    ("expression", "rows"),
    [
        ("part=up", [0, 2]),
        ("class=normal", [0, 3]),
        ("class in [normal, cataract] and not (class=normal)", [2]),
        ("part == 'up'", [0, 2]),
        ("part != up", [1, 3]),
        ("age > 9", [0, 1]),
        ("age >= 9", [0, 1, 3]),
        ("age=40.0", [0]),
        ("9 < age <= 40", [0]),
        ("age > -1", [0, 1, 3]),
        ("age == ''", [2]),
        ("age != ''", [0, 1, 3]),
        ("not age > 9", [2, 3]),
        ("part=up and sex=female or age=9", [0, 2, 3]),
        ("part=up and (sex=male or age=40)", [0]),
        ("sex in [male]", [1]),
        ("age in (40, 9)", [0, 3]),
        ("sex not in [male]", [0, 2, 3]),
        ("M=1", [0]),
        ("`no dr` = 1", [0, 1]),
        ("day >= '2020-01-01'", [0, 1]),
        ("first = second", [0]),
        ("first < second", [1]),
        ("found = True", [0, 2, 3]),
        ("radius > 1", [0, 1]),
        ("  part = up  ", [0, 2]),
    ],
)
def test_kept_rows(expression: str, rows: list[int]) -> None:
    assert np.flatnonzero(select(FRAME, expression, where="m.csv")).tolist() == rows


@pytest.mark.parametrize(
    ("expression", "says"),
    [
        ("", "cannot be read"),
        ("age >", "cannot be read"),
        ("part = (", "cannot be read"),
        ("`part = up", "cannot be read"),
        ("part = no dr", "put text other than a plain word in quotes"),
        ("part = up\nage = 3", "cannot be read"),
        ("prt = up", "asks for `prt`, which m.csv does not have; its columns are part, age"),
        ("part = nowhere", "`part` holds values such as up, down, (empty)"),
        ("M", "holds `M` alone"),
        ("M and part=up", "holds `M` alone"),
        ("part", "holds `part` alone"),
        ("age + 1 > 3", "no comparison of columns"),
        ("part is up", "holds `part` alone"),
        ("part in up", "needs a list after `in`"),
        ("part in []", "needs a list after `in`"),
        ("1 = 1", "compares two values and no column"),
        ("1 < 2", "compares two values and no column"),
        ("sex > 3", "row 2, column `sex`: 'female' is no number"),
        ("__import__('os').system('true')", "no comparison of columns"),
        ("part.__class__ = up", "asks for `up`"),
        ("(lambda: 1)() = part", "no comparison of columns"),
    ],
)
def test_refusal(expression: str, says: str) -> None:
    with pytest.raises(SelectError) as error:
        select(FRAME, expression, where="m.csv")
    assert says in str(error.value)


def test_columns_named() -> None:
    assert columns_named("part=up and 3 < age and `no dr` in [1]", FRAME.columns) == ["part", "age", "no dr"]
    assert columns_named("unknown=up", FRAME.columns) == ["unknown"]
    assert columns_named("up=part", FRAME.columns) == ["part"]


def test_condition_does_not_apply_to_a_table_without_its_columns() -> None:
    other = pd.DataFrame({"image": ["x", "y"], "age": ["1", "2"]})
    (one, two), untouched = select_many([FRAME, other], "part=up", where=["a", "b"])
    assert np.flatnonzero(one).tolist() == [0, 2]
    assert two.all()
    assert untouched == ["b"]


def test_selection_may_empty_one_table_but_not_all() -> None:
    other = pd.DataFrame({"part": ["down"]})
    masks, untouched = select_many([FRAME, other], "part=up", where=["a", "b"])
    assert (masks[1].sum(), untouched) == (0, [])
    with pytest.raises(SelectError, match="keeps no row of a, b"):
        select_many([FRAME, other], "part=nowhere", where=["a", "b"])


def test_column_that_no_table_or_half_a_table_has() -> None:
    other = pd.DataFrame({"age": ["1"]})
    with pytest.raises(SelectError, match=r"asks for `camera`, which a, b does not have"):
        select_many([FRAME, other], "camera=x", where=["a", "b"])
    with pytest.raises(SelectError, match=r"asks for `part`, which b does not have"):
        select_many([FRAME, other], "age > 0 and part=up", where=["a", "b"])


@given(st.text(max_size=30))
def test_any_text_is_a_mask_or_a_sentence(expression: str) -> None:
    try:
        kept = select(FRAME, expression, where="m.csv")
    except SelectError:
        return
    assert kept.dtype == bool
    assert kept.any()


NUMBERS = st.integers(-3, 3)
ATOMS = st.tuples(st.sampled_from("ab"), st.sampled_from(["<", "<=", ">", ">=", "==", "!=", "="]), NUMBERS).map(
    lambda part: f"{part[0]} {part[1]} {part[2]}"
)
EXPRESSIONS = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["and", "or"]), inner).map(lambda part: f"({part[0]} {part[1]} {part[2]})"),
        inner.map(lambda part: f"not ({part})"),
    ),
    max_leaves=6,
)


@given(EXPRESSIONS, st.lists(st.tuples(NUMBERS, NUMBERS), min_size=1, max_size=8))
def test_agrees_with_python_on_known_numbers(expression: str, rows: list[tuple[int, int]]) -> None:
    frame = pd.DataFrame({"a": [str(a) for a, _ in rows], "b": [f"{b}.0" for _, b in rows]})
    python = expression.replace(" = ", " == ")
    expected = [bool(eval(python, {}, {"a": a, "b": b})) for a, b in rows]  # noqa: S307
    if not any(expected):
        with pytest.raises(SelectError, match="keeps none"):
            select(frame, expression, where="m.csv")
    else:
        assert select(frame, expression, where="m.csv").tolist() == expected
