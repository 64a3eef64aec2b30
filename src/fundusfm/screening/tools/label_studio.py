"""Results as tasks of Label Studio with predictions, and the labelling interface that shows them.

The format is Label Studio's "basic JSON" with pre-annotations (https://labelstud.io/guide/predictions).
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree

from fundusfm.errors import ConfigError
from fundusfm.screening.tools.result import VERDICTS, ResultRow

TASKS, INTERFACE = "tasks.json", "label_config.xml"
_IMAGE, _LABELS, _VERDICT = "image", "labels", "referral"


def tasks(rows: Sequence[ResultRow], root: Path, url: str) -> list[dict[str, Any]]:
    """Returns a task per photograph, with one prediction each.

    The prediction's score is the certainty of the least certain label, max(p, 1 - p), so that Label Studio can bring
    doubtful photographs first.

    Args:
        rows: What was said.
        root: Folder that photographs are served from.
        url: What a path relative to it is appended to.

    Raises:
        ConfigError: A photograph lies outside that folder.
    """
    return [_task(number, row, root.resolve(), url) for number, row in enumerate(rows, start=1)]


def _task(number: int, row: ResultRow, root: Path, url: str) -> dict[str, Any]:
    if not row.path.is_relative_to(root):
        raise ConfigError(
            f"{row.path} lies outside {root}, from which Label Studio is to serve photographs: give their common "
            "folder as --images."
        )
    positive = [label for label, found in row.labels.items() if found.decision]
    choices = {_VERDICT: [row.verdict] if row.verdict else [], _LABELS: positive}
    certainties = [max(found.probability, 1 - found.probability) for found in row.labels.values()]
    return {
        "data": {
            "image": url + quote(row.path.relative_to(root).as_posix()),
            "file": row.name,
            "why": row.why,
            "quality": row.quality,
            **{f"{label}.probability": found.probability for label, found in row.labels.items()},
        },
        "predictions": [
            {
                "model_version": row.model,
                "score": round(min(certainties), 6) if certainties else 0.0,
                "result": [
                    {
                        "id": f"{number}-{name}",
                        "from_name": name,
                        "to_name": _IMAGE,
                        "type": "choices",
                        "value": {"choices": chosen},
                    }
                    for name, chosen in choices.items()
                    if chosen
                ],
            }
        ],
    }


def interface(labels: Sequence[str]) -> str:
    """Returns the labelling interface for these labels, XML."""
    view = ElementTree.Element("View")
    ElementTree.SubElement(view, "Image", name=_IMAGE, value="$image", zoom="true", zoomControl="true")
    ElementTree.SubElement(view, "Text", name="why", value="$why")
    for name, choice, values in ((_VERDICT, "single", VERDICTS), (_LABELS, "multiple", labels)):
        block = ElementTree.SubElement(view, "Choices", name=name, toName=_IMAGE, choice=choice, showInline="true")
        for value in values:
            ElementTree.SubElement(block, "Choice", value=value)
    ElementTree.indent(view)
    return ElementTree.tostring(view, encoding="unicode") + "\n"
