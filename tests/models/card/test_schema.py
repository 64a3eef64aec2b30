"""Cards are read back as written, and nonsense is refused by field."""

import json
from pathlib import Path

import pytest

from fundusfm.errors import WeightsError
from fundusfm.models.card.schema import Card, OperatingPoint, Step, TrainingData, label_definition


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


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("size", 0),
        ("strategy", "magic"),
        ("mean", [0.5]),
        ("surprise", 1),
        ("arguments", {"checkpoint_path": "any.pth"}),
    ],
)
def test_nonsense_is_refused_with_its_field(tmp_path: Path, field: str, value: object) -> None:
    content = json.loads(_card().model_dump_json()) | {field: value}
    (tmp_path / "card.json").write_text(json.dumps(content))
    with pytest.raises(WeightsError, match=f"not a valid card: {field}"):
        Card.read(tmp_path / "card.json")


def test_a_file_that_is_no_json(tmp_path: Path) -> None:
    (tmp_path / "card.json").write_text("{")
    with pytest.raises(WeightsError, match="not a valid card: the document"):
        Card.read(tmp_path / "card.json")


def test_label_definitions() -> None:
    assert label_definition("abnormal") == "the manifest's column abnormal is 1"
    assert label_definition("dr_grade>=2") == "the manifest says dr_grade>=2"
