"""Tasks with predictions, held against a schema of Label Studio's documented format and against its interface."""

from pathlib import Path
from xml.etree import ElementTree

import jsonschema
import pytest

from fundusfm.errors import ConfigError
from fundusfm.screening.tools.label_studio import interface, tasks
from fundusfm.screening.tools.result import LabelSaid, ResultRow

_RESULT = {
    "type": "object",
    "required": ["id", "from_name", "to_name", "type", "value"],
    "properties": {
        "id": {"type": "string"},
        "type": {"const": "choices"},
        "value": {
            "type": "object",
            "required": ["choices"],
            "properties": {"choices": {"type": "array", "items": {"type": "string"}, "minItems": 1}},
        },
    },
}
_TASKS = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["data"],
        "additionalProperties": False,
        "properties": {
            "data": {"type": "object", "required": ["image"], "properties": {"image": {"type": "string"}}},
            "predictions": {
                "type": "array",
                "items": {
                    "type": "object",
                    "required": ["result"],
                    "additionalProperties": False,
                    "properties": {
                        "model_version": {"type": "string"},
                        "score": {"type": "number", "minimum": 0, "maximum": 1},
                        "result": {"type": "array", "items": _RESULT},
                    },
                },
            },
        },
    },
}
"""Label Studio's basic JSON with pre-annotations."""

_LABELS = ["amd", "<dr>"]


def _row(name: str, verdict: str = "", labels: dict[str, LabelSaid] | None = None) -> ResultRow:
    return ResultRow(name, Path("/data/photographs") / name, verdict, "", 0.9, labels or {}, "light ab")


@pytest.fixture
def rows() -> list[ResultRow]:
    scored = {"amd": LabelSaid(0.75, True, False), "<dr>": LabelSaid(0.1, False, True)}
    return [_row("left eye/ü.jpg", "refer", scored), _row("b.jpg", "take again"), _row("c.jpg")]


def test_tasks_are_in_the_documented_format_and_fit_the_interface(rows: list[ResultRow]) -> None:
    found = tasks(rows, Path("/data"), "/data/local-files/?d=")
    jsonschema.validate(found, _TASKS)
    view = ElementTree.fromstring(interface(_LABELS))
    (image,) = view.iter("Image")
    blocks = {block.attrib["name"]: block for block in view.iter("Choices")}
    results = [result for task in found for result in task["predictions"][0]["result"]]
    assert len({result["id"] for result in results}) == len(results) == 3
    for result in results:
        block = blocks[result["from_name"]]
        assert result["to_name"] == block.attrib["toName"] == image.attrib["name"]
        assert set(result["value"]["choices"]) <= {choice.attrib["value"] for choice in block.iter("Choice")}
    assert all(task["data"].keys() >= {"image", "why"} for task in found)


def test_a_task_shows_the_decisions_and_where_the_photograph_is_served(rows: list[ResultRow]) -> None:
    first, second, third = tasks(rows, Path("/data"), "/data/local-files/?d=")
    assert first["data"]["image"] == "/data/local-files/?d=photographs/left%20eye/%C3%BC.jpg"
    assert first["data"]["amd.probability"] == 0.75
    assert [result["value"]["choices"] for result in first["predictions"][0]["result"]] == [["refer"], ["amd"]]
    assert first["predictions"][0]["score"] == 0.75
    assert [result["value"]["choices"] for result in second["predictions"][0]["result"]] == [["take again"]]
    assert third["predictions"][0] == {"model_version": "light ab", "score": 0.0, "result": []}


def test_photographs_outside_the_served_folder_are_refused(rows: list[ResultRow]) -> None:
    with pytest.raises(ConfigError, match=r"lies outside .* as --images"):
        tasks(rows, Path("/elsewhere"), "")
