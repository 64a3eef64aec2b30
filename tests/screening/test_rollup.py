"""The worst photograph decides, per label; units without a readable photograph say why."""

from typing import Any

import pytest

from fundusfm.data.inputs.source import Source
from fundusfm.errors import ConfigError
from fundusfm.screening.rollup import check_rollup, named_eyes_text, roll_up, strange_eyes_text


def _row(image: str, status: str = "ok", **values: float) -> dict[str, Any]:
    row: dict[str, Any] = {
        "image": image,
        "status": status,
        "reason": "" if status == "ok" else f"{status}!",
        "quality": 0.8 if status == "ok" else 0.1,
    }
    for label, value in values.items():
        row |= {f"{label}.score": value, f"{label}.probability": value, f"{label}.decision": int(value >= 0.5)}
    return row


def _source(image: str, patient: str, eye: str = "left", visit: str = "") -> Source:
    return Source(image, image, columns={"image": image, "patient": patient, "eye": eye, "visit": visit})


_SOURCES = [_source("1", "7"), _source("2", "7", "right"), _source("3", "7"), _source("4", "8"), _source("5", "")]
_ROWS = [
    _row("1", a=0.2, N=0.9), _row("2", a=0.7, N=0.1), _row("3", "ungradable"), _row("4", "failed"), _row("5", a=0.1)
]  # fmt: skip


def test_patients_have_their_worst_eye() -> None:
    table, nameless = roll_up(_ROWS, _SOURCES, ["a", "N"], "patient", task="multilabel")
    assert nameless == 1
    seven, eight = table.to_dict("records")
    assert (seven["patient"], seven["status"], seven["images"], seven["used"]) == ("7", "ok", 3, 2)
    assert (seven["a.score"], seven["a.decision"], seven["a.image"]) == (0.7, 1, "2")
    assert (seven["N.score"], seven["N.decision"], seven["N.image"]) == (0.1, 0, "2")  # least healthy
    assert (eight["status"], eight["reason"], eight["used"]) == ("failed", "failed!", 0)
    assert table["a.score"].isna().tolist() == [False, True]
    assert seven["quality"] == 0.8  # the left eye's better photograph
    dark, _ = roll_up([_ROWS[2], _ROWS[1]], _SOURCES[:2], ["a"], "patient", task="multilabel")
    assert dark[["status", "reason", "quality", "used"]].to_numpy().tolist() == [["ungradable", "ungradable!", 0.1, 1]]


def test_eyes_and_visits() -> None:
    table, _ = roll_up(_ROWS, _SOURCES, ["a"], "eye", task="binary")
    assert table[["patient", "eye"]].to_numpy().tolist() == [["7", "left"], ["7", "right"], ["8", "left"]]
    assert table["a.score"].iloc[:2].tolist() == [0.2, 0.7]
    sources = [_source("1", "7", visit="1"), _source("2", "7", visit="2")]
    table, _ = roll_up(_ROWS[:2], sources, ["a"], "visit", task="binary")
    assert table["a.image"].tolist() == ["1", "2"]


def test_an_ordered_model_keeps_one_photographs_classes_together() -> None:
    rows = [_row("1", **{"0": 0.4, "1": 0.6, "2": 0.0}), _row("2", **{"0": 0.65, "1": 0.0, "2": 0.35})]
    table, _ = roll_up(rows, _SOURCES[:2], ["0", "1", "2"], "patient", task="multiclass")
    assert table[[f"{grade}.image" for grade in range(3)]].to_numpy().tolist() == [["2"] * 3]


def test_what_cannot_be_rolled_up() -> None:
    with pytest.raises(ConfigError, match="--per visit needs the column visit: give a manifest"):
        check_rollup(_SOURCES, "visit", task="binary", ordered=False)
    with pytest.raises(ConfigError, match="needs the columns patient and eye"):
        check_rollup([Source("1", "1")], "eye", task="binary", ordered=False)
    with pytest.raises(ConfigError, match="classes have no order"):
        check_rollup(_SOURCES, "patient", task="multiclass", ordered=False)


def test_a_files_name_says_the_eye_where_no_column_does() -> None:
    sources = [Source(f"7_{eye}.jpg", "", columns={"patient": "7"}) for eye in ("OD", "OS")]
    check_rollup(sources, "eye", task="binary", ordered=False)
    table, nameless = roll_up(_ROWS[:2], sources, ["a"], "eye", task="binary")
    assert (table["eye"].tolist(), nameless) == (["right", "left"], 0)
    assert named_eyes_text(sources) == "eyes of 2 photographs are taken from their files' names"
    assert named_eyes_text(_SOURCES) == ""
    header = Source("7_OD.dcm", "", columns={"patient": "7"}, kind="DICOM")
    assert roll_up(_ROWS[:1], [header], ["a"], "eye", task="binary")[1] == 1


def test_an_eye_in_unknown_words_is_named() -> None:
    assert strange_eyes_text(_SOURCES) == strange_eyes_text([_source("5", "9", "")]) == ""
    said = strange_eyes_text([_source(f"{number}.jpg", "9", "links") for number in range(7)])
    assert "0.jpg ('links')" in said and "and 2 more" in said
