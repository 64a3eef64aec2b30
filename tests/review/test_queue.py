"""Which photographs are read, in which order."""

from pathlib import Path

import pandas as pd
import pytest

from fundusfm.config.serve import ReviewConfig
from fundusfm.errors import ConfigError, LabelError
from fundusfm.review.queue import read_queue


def _config(source: Path, **options: object) -> ReviewConfig:
    return ReviewConfig(**{"source": str(source), "out": "review", "control": 0.0, **options})  # type: ignore[arg-type]


def test_what_speaks_for_a_photograph_is_told_from_the_table(results: Path) -> None:
    labels, listed = read_queue(_config(results))
    assert labels == ["abnormal", "glaucoma"]
    assert [one.reason for one in listed[:4]] == ["doubtful", "ungradable", "uncertain", "referred"]
    assert len(listed) == 12 and {one.reason for one in listed[4:]} == {""}
    first = listed[0]
    assert first.scores == {"abnormal": 0.05, "glaucoma": 0.05} and set(first.given) == {"abnormal", "glaucoma"}
    assert Path(first.path).is_file() and first.eye == "left"


def test_fellow_eyes_follow_each_other_and_controls_stand_anywhere(results: Path) -> None:
    _, listed = read_queue(_config(results, control=0.5, seed=1))
    asked = [one for one in listed if one.reason]
    assert [one.reason for one in asked].count("control") == 2
    people = [one.person for one in asked]
    assert all(people.index(person) + people.count(person) > place for place, person in enumerate(people))


def test_a_part_of_the_reasons(results: Path) -> None:
    _, listed = read_queue(_config(results, reasons=["referred", "uncertain"], most=1))
    assert [one.reason for one in listed if one.reason] == ["uncertain"]


def test_a_manifest_is_read_whole(generated: Path) -> None:
    labels, listed = read_queue(_config(generated, labels=["sick=abnormal"]))
    assert labels == ["sick"] and {one.reason for one in listed} == {"listed"}
    with pytest.raises(LabelError, match="name the columns to grade with --labels"):
        read_queue(_config(generated))


def test_refusals(results: Path, generated: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="does not say which photographs are doubtful"):
        read_queue(_config(generated, labels=["abnormal"], reasons=["doubtful"]))
    with pytest.raises(ConfigError, match="--control must be at least 0"):
        read_queue(_config(results, control=-1.0))
    moved = tmp_path / "moved.csv"
    pd.read_csv(results, dtype=str).to_csv(moved, index=False)
    with pytest.raises(ConfigError, match=r"None of the 4 photographs was found.*--images"):
        read_queue(_config(moved))
    assert read_queue(_config(moved, images=str(generated.parent)))[1][0].path
