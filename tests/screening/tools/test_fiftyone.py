"""What FiftyOne's importer of image classifications reads, held against a schema of its documented format."""

from pathlib import Path

import jsonschema
import pytest

from fundusfm.screening.tools.fiftyone import fiftyone_files
from fundusfm.screening.tools.result import LabelSaid, ResultRow

_TARGET = {
    "type": "object",
    "required": ["label"],
    "additionalProperties": False,
    "properties": {
        "label": {"type": "integer", "minimum": 0},
        "confidence": {"type": "number", "minimum": 0, "maximum": 1},
        "attributes": {"type": "object", "additionalProperties": {"type": ["string", "number", "boolean"]}},
    },
}
_LABELS = {
    "type": "object",
    "required": ["classes", "labels"],
    "additionalProperties": False,
    "properties": {
        "classes": {"type": "array", "items": {"type": "string"}, "uniqueItems": True},
        "labels": {
            "type": "object",
            "propertyNames": {"pattern": "^[^.]+$"},
            "additionalProperties": {"oneOf": [{"type": "null"}, {"type": "array", "items": _TARGET}]},
        },
    },
}
"""Classification datasets in FiftyOne's format, with several targets, confidences and attributes."""


def _row(name: str, verdict: str, labels: dict[str, LabelSaid], quality: float | None = 0.9) -> ResultRow:
    return ResultRow(name, Path("/photographs") / name, verdict, "amd" if labels else "", quality, labels, "light ab")


@pytest.fixture
def rows() -> list[ResultRow]:
    scored = {"amd": LabelSaid(0.75, True, False), "dr": LabelSaid(0.1, None, True)}
    return [_row("a.b.jpg", "refer", scored), _row("c.jpg", "take again", {}, None), _row("d.jpg", "", {})]


def test_both_files_are_in_the_documented_format(rows: list[ResultRow]) -> None:
    files = fiftyone_files(rows, ["amd", "dr"])
    jsonschema.validate(files["labels.json"], _LABELS)
    assert files["data.json"] == {
        "0000001": str(Path("/photographs/a.b.jpg")),
        "0000002": str(Path("/photographs/c.jpg")),
        "0000003": str(Path("/photographs/d.jpg")),
    }
    assert files["data.json"].keys() == files["labels.json"]["labels"].keys()


def test_every_label_has_its_probability_and_the_photograph_its_referral(rows: list[ResultRow]) -> None:
    content = fiftyone_files(rows, ["amd", "dr"])["labels.json"]
    classes, (first, second, third) = content["classes"], content["labels"].values()
    assert [classes[target["label"]] for target in first] == ["refer", "amd", "dr"]
    assert first[1] == {"label": 0, "confidence": 0.75, "attributes": {"decision": True, "uncertain": False}}
    assert first[0]["attributes"] == {"why": "amd", "quality": 0.9, "model": "light ab"}
    assert [classes[target["label"]] for target in second] == ["take again"]
    assert third is None
