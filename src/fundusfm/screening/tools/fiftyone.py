"""Results as a `FiftyOneImageClassificationDataset` of FiftyOne: `labels.json`, and `data.json` with the photographs.

The format is FiftyOne's, with several classifications per photograph, their confidences and attributes
(https://docs.voxel51.com/user_guide/import_datasets.html).
"""

from collections.abc import Sequence
from typing import Any

from fundusfm.screening.tools.result import VERDICTS, ResultRow

DATA, LABELS = "data.json", "labels.json"


def fiftyone_files(rows: Sequence[ResultRow], labels: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Returns the content of both files, by name.

    Photographs are numbered, since FiftyOne cuts a key at its last dot. Each has a classification per label, whose
    confidence is the probability, and one for what is said of it as a whole, without a confidence.

    Args:
        rows: What was said.
        labels: Labels of the model.
    """
    classes = [*labels, *VERDICTS]
    places = {name: place for place, name in enumerate(classes)}
    keys = [f"{number:07d}" for number in range(1, len(rows) + 1)]
    return {
        DATA: {key: str(row.path) for key, row in zip(keys, rows, strict=True)},
        LABELS: {
            "classes": classes,
            "labels": {key: _targets(row, places) for key, row in zip(keys, rows, strict=True)},
        },
    }


def _targets(row: ResultRow, places: dict[str, int]) -> list[dict[str, Any]] | None:
    targets: list[dict[str, Any]] = []
    if row.verdict:
        targets.append(_target(places[row.verdict], why=row.why, quality=row.quality, model=row.model))
    for label, found in row.labels.items():
        target = _target(places[label], decision=found.decision, uncertain=found.uncertain)
        targets.append({**target, "confidence": found.probability})
    return targets or None


def _target(place: int, **attributes: object) -> dict[str, Any]:
    known = {name: value for name, value in attributes.items() if value not in (None, "")}
    return {"label": place, "attributes": known}
