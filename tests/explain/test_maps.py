"""Columns of names get a colour per group, columns of numbers a scale; unknown cells stay visible."""

import numpy as np
import pandas as pd

from fundusfm.explain.maps import UNKNOWN, groups_of, is_number, map_figure


def test_few_numbers_are_groups_and_many_a_scale() -> None:
    assert not is_number(pd.Series(["0", "1", "", "4"]))
    assert is_number(pd.Series([str(age) for age in range(30, 60)] + [""]))
    assert not is_number(pd.Series(["", ""]))


def test_rare_groups_join_and_unknown_is_one() -> None:
    values = pd.Series(["", *"aaabbbccc", *"defghijklmno"])
    groups = groups_of(values)
    assert len(groups) <= 13
    assert groups[UNKNOWN].sum() == 1
    assert sum(rows.sum() for rows in groups.values()) == len(values)
    assert groups["other"].sum() > 0


def test_figure_names_every_group() -> None:
    values = pd.Series(["normal", "amd", "", "amd"], name="disease")
    figure = map_figure(np.arange(8.0).reshape(4, 2), values, title="map")
    shown = [text.get_text() for text in figure.axes[0].get_legend().get_texts()]
    assert shown == ["unknown (1)", "amd (2)", "normal (1)"]
