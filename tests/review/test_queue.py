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


def test_files_that_could_not_be_opened_are_not_read(results: Path) -> None:
    table = pd.read_csv(results, dtype=str)
    table.loc[1, "status"], table.loc[1, "refer"] = "failed", "take_again"
    table.loc[6:, "status"] = "failed"
    table.to_csv(results, index=False)
    _, listed = read_queue(_config(results, control=9.0))
    assert sorted(one.reason for one in listed if one.reason) == ["control"] * 2 + ["doubtful", "referred", "uncertain"]
    assert sum(one.lost for one in listed) == 7


def test_the_word_on_the_photograph_stands_above_that_on_its_labels(results: Path) -> None:
    pd.read_csv(results, dtype=str).assign(**{"abnormal.uncertain": "1"}).to_csv(results, index=False)
    reasons = [one.reason for one in read_queue(_config(results))[1]]
    assert reasons.count("uncertain") == 1 and reasons.count("referred") == 1


def test_file_names_tell_eyes_and_people(generated: Path, tmp_path: Path) -> None:
    photograph = generated.parent / pd.read_csv(generated, dtype=str)["image"][0]
    names = ["0_left.jpg", "1064_left.jpg", "ward/1064_left.jpg", "plain.jpg", "1064_right.jpg", "0_right.jpg"]
    for name in names:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(photograph.read_bytes())
    source = tmp_path / "list.csv"
    pd.DataFrame({"image": names, "sick": "0"}).to_csv(source, index=False)
    _, listed = read_queue(_config(source, labels=["sick"]))
    assert [(one.image, one.eye) for one in listed] == [
        ("0_left.jpg", "left"), ("0_right.jpg", "right"), ("1064_left.jpg", "left"), ("1064_right.jpg", "right"),
        ("ward/1064_left.jpg", "left"), ("plain.jpg", ""),
    ]  # fmt: skip
    assert len({one.person for one in listed}) == 4
    pd.DataFrame({"image": names, "sick": "0", "patient": list("abcdef")}).to_csv(source, index=False)
    assert len({one.person for one in read_queue(_config(source, labels=["sick"]))[1]}) == 6


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
