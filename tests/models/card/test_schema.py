"""Cards are read back as written, and nonsense is refused by field."""

import json
from pathlib import Path

import pytest

from fundusfm.errors import WeightsError
from fundusfm.models.card.readme import card_text
from fundusfm.models.card.schema import Card, OperatingPoint, Step, TrainingData, label_definition
from fundusfm.models.released import RELEASED


def _card() -> Card:
    return Card(
        name="tiny",
        architecture="mobilenetv2_035",
        strategy="imagenet+fundus",
        size=64,
        mean=[0.5] * 3,
        std=[0.25] * 3,
        crop="fov-v1",
        labels=["abnormal"],
        task="binary",
        method="LF",
        lineage=[Step(what="started", detail={"seed": 1})],
        training_data=[TrainingData(name="set", rows=4, patients=2, hash="ab", select="part == 'a'")],
        operating_points={"abnormal": {"youden": OperatingPoint(threshold=0.4, sensitivity=1, specificity=0)}},
        temperature={"abnormal": 1.5},
        metrics={"cv": {"abnormal": {"auroc": {"mean": None}}}},
    )


def test_round_trip(tmp_path: Path) -> None:
    _card().write(tmp_path / "card.json")
    assert Card.read(tmp_path / "card.json") == _card()


def test_missing_card_says_what_a_bundle_is(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"card\.json is missing: a bundle is a folder"):
        Card.read(tmp_path / "card.json")


def _point(**changed: float) -> dict[str, float]:
    return {"threshold": 0.5, "sensitivity": 0.5, "specificity": 0.5} | changed


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("size", 0),
        ("strategy", "magic"),
        ("mean", [0.5]),
        ("surprise", 1),
        ("arguments", {"checkpoint_path": "any.pth"}),
        ("format", 2),
        ("size", 10**9),
        ("crop", "fov-v99"),
        ("std", [0.2, 0.0, 0.2]),
        ("mean", [0.5, float("nan"), 0.5]),
        ("labels", ["abnormal", "abnormal"]),
        ("labels", [""]),
        ("temperature", {"abnormal": -1.0}),
        ("temperature", {"abnormal": float("inf")}),
        ("metrics", {"external": ["a"]}),
        ("operating_points", {"abnormal": {"youden": _point(threshold=float("nan"))}}),
        ("operating_points", {"abnormal": {"youden": _point(threshold=1.5)}}),
        ("operating_points", {"abnormal": {"youden": _point(sensitivity=2.0)}}),
        ("training_data", [{"name": "a", "rows": -1, "patients": 1, "hash": ""}]),
    ],
)
def test_nonsense_is_refused_with_its_field(tmp_path: Path, field: str, value: object) -> None:
    content = json.loads(_card().model_dump_json()) | {field: value}
    (tmp_path / "card.json").write_text(json.dumps(content))
    with pytest.raises(WeightsError, match=f"not a valid card: {field}"):
        Card.read(tmp_path / "card.json")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32"])
def test_a_card_in_another_encoding_is_one_sentence(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "card.json").write_text(_card().model_dump_json(), encoding=encoding)
    with pytest.raises(WeightsError, match="not in UTF-8") as refused:
        Card.read(tmp_path / "card.json")
    assert refused.value.code == "E-WEIGHTS-CARD"


def test_what_starts_from_a_model_inherits_its_lineage_and_not_its_faults() -> None:
    released = Card.read(RELEASED / "light" / "card.json")
    start = released.as_start()
    assert start.lineage == released.lineage
    assert [data for data in released.training_data if data.head] == released.training_data[-1:]
    assert start.training_data == released.training_data[:-1]  # its head goes, and what that alone had seen
    assert start.licence == released.licence and start.strategy == released.strategy
    assert released.failures and released.limits and released.provenance
    assert not (start.failures or start.limits or start.provenance or start.metrics or start.operating_points)
    assert "Where it errs" in card_text(released) and "Where it errs" not in card_text(start)


def test_a_file_that_is_no_json(tmp_path: Path) -> None:
    (tmp_path / "card.json").write_text("{")
    with pytest.raises(WeightsError, match="not a valid card: the document"):
        Card.read(tmp_path / "card.json")


def test_label_definitions() -> None:
    assert label_definition("abnormal") == "the manifest's column abnormal is 1"
    assert label_definition("dr_grade>=2") == "the manifest says dr_grade>=2"
