"""The command `fundusfm data check`: every fault of a manifest, with its row."""

from typing import Literal


def check(
    *,
    manifest: str,
    labels: list[str] | None = None,
    task: Literal["binary", "multilabel", "multiclass"] = "multilabel",
    workers: int | None = None,
    json: bool = False,
) -> int:
    """Lists every fault of a manifest: files, labels, duplicates, and patients on both sides of a split.

    Reads every photograph once. Duplicates are found by content (SHA-256) and by looks, so that flipped, resized and
    re-compressed copies are found too. Unknown (empty) labels are counted, and are no fault.

    Args:
        manifest: Manifest (CSV or Parquet, column `image`).
        labels: Label columns to check; without them labels are not looked at.
        task: `multilabel` and `binary` columns hold 0, 1 or nothing; a `multiclass` column holds class names.
        workers: Processes; by default one per core.
        json: Print `{"faults": [...], "notes": [...], "summary": {...}}` instead of text.

    Returns:
        0 without a fault, 2 with one.

    Raises:
        ManifestError: The file is missing, unreadable, or has no column `image`.
        LabelError: A column of --labels is missing.
    """
    from fundusfm.data.manifest.check import run

    return run(manifest=manifest, labels=labels or [], task=task, workers=workers, as_json=json)
