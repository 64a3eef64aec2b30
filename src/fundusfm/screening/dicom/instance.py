"""Screens one DICOM image: its rows, report and overlays, for `dicom report`, `pacs` and `listen`."""

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from fundusfm.data.dicom.frames import check_image, frame_rgb
from fundusfm.data.dicom.header import read_header
from fundusfm.data.dicom.laterality import sides_of
from fundusfm.data.inputs.photograph import frame_name
from fundusfm.errors import DecodeError, LabelError
from fundusfm.models.card.schema import Card
from fundusfm.screening.dicom.overlay_capture import overlay_capture, overlay_picture
from fundusfm.screening.dicom.predictions import ReportScreener
from fundusfm.screening.dicom.segmentation import segmentation
from fundusfm.screening.dicom.source import source_header
from fundusfm.screening.dicom.structured_report import structured_report
from fundusfm.screening.documents.make import Writer, verdict_of
from fundusfm.screening.screener import FELLOW, OK

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

_DEFAULT_LABEL = "abnormal"


@dataclass
class ScreenedImage:
    """What came of one image.

    Attributes:
        rows: One per frame, in order, for the results table.
        derived: Overlays and segmentations, then the report; empty where every frame failed.
        doubts: Name of each photograph whose eye is in doubt, and why.
    """

    rows: list[dict[str, Any]] = field(default_factory=list)
    derived: list["Dataset"] = field(default_factory=list)
    doubts: list[tuple[str, str]] = field(default_factory=list)


def columns(screener: ReportScreener) -> list[str]:
    """Returns the columns of a results table, in an order that stays."""
    card, finder = screener.bundle.card, screener.structures
    parts = [f"{label}.{part}" for label in card.labels for part in ("score", "probability", "decision")]
    known = [
        "image",
        "frame",
        "refer",
        "why",
        "uncertain",
        "status",
        "reason",
        "quality",
        "eye",
        "eye_doubt",
        "study",
        "series",
        "instance",
    ]
    fellow = [FELLOW] if card.both_eyes else []
    found = [*finder.columns, "segmentation", "segmentation_reason"] if finder else []
    return [*known, *parts, *fellow, "report", "overlay", *found, *screener.provenance]


def check_label(card: Card, label: str | None) -> None:
    """Refuses a label that the model does not have.

    Raises:
        LabelError: The sentence lists those it has.
    """
    if label is not None and label not in card.labels:
        raise LabelError(f"The model {card.name} has no label {label!r}; it has: {', '.join(card.labels)}.")


def screen_instance(
    dataset: "Dataset",
    name: str,
    screener: ReportScreener,
    *,
    label: str | None,
    overlays: bool,
    study: Sequence[Mapping[str, Any]] = (),
) -> ScreenedImage:
    """Scores every frame of an image and builds what is filed beside it.

    Args:
        dataset: DICOM dataset, pixels included.
        name: What tables and messages call it.
        screener: The model.
        label: Label whose evidence overlays show; by default the one that the frame is referred for. A frame that is
            not referred has no overlay then. Of a model that refers nobody it is `abnormal`, or the highest-scoring
            label.
        overlays: Whether to draw any.
        study: What `rows_from_one_eye` returned for all images of the study, where fellow eyes are to count.

    Returns:
        A row per frame; a frame that cannot be decoded keeps its row with the reason. An image that is none, or that
        no report could be filed with, is one row.
    """
    header = read_header(dataset)
    known = {
        "image": name,
        "study": header.study,
        "series": header.series,
        "instance": header.instance,
        **screener.provenance,
    }
    try:
        check_image(dataset, name)
        source = source_header(dataset, name)
    except DecodeError as error:
        return ScreenedImage([known | {"frame": 1, "status": "failed", "reason": str(error)}])
    screened = ScreenedImage()
    seen: dict[int, dict[str, Any]] = {}
    for frame, side in enumerate(sides_of(dataset, header.frames, name), start=1):
        row: dict[str, Any] = known | {"frame": frame, "eye": side.eye, "eye_doubt": side.doubt}
        if side.doubt:
            screened.doubts.append((frame_name(name, frame), side.doubt))
        screened.rows.append(row)
        try:
            image = frame_rgb(dataset, frame - 1, name)
        except DecodeError as error:
            row |= {"status": "failed", "reason": str(error)}
            continue
        row |= screener.with_fellows(screener.screen(name, image), side.eye, study)
        shown = label or _shown_label(screener, row) if overlays and row["status"] == OK else None
        if shown is not None:
            picture = overlay_picture(screener.bundle, image, shown)
            try:
                build = partial(overlay_capture, source, picture, frame, shown, screener.identity, side.eye)
                capture = _built(build, name)
            except DecodeError as error:
                row |= {"status": "failed", "reason": str(error)}
                continue
            row["overlay"] = str(capture.SOPInstanceUID)
            screened.derived.append(capture)
        if screener.structures is not None and row["status"] == OK:
            masks, found = screener.structures.find_in_photograph(image)
            row |= found.cells
            try:
                segments = _built(
                    partial(segmentation, source, masks, frame, screener.structures, screener.identity, side.eye), name
                )
            except DecodeError as error:
                row["segmentation_reason"] = str(error)
            else:
                row["segmentation"] = str(segments.SOPInstanceUID)
                screened.derived.append(segments)
        seen[frame] = row
    if seen:
        try:
            report = _built(partial(structured_report, source, seen, screener.identity), name)
        except DecodeError as error:
            kept = (*known, "frame", "eye", "eye_doubt")  # a score without a report to stand in could mislead
            failed = [
                {name: row[name] for name in kept} | {"status": "failed", "reason": str(error)} for row in screened.rows
            ]
            return ScreenedImage(failed, doubts=screened.doubts)
        for row in seen.values():
            row["report"] = str(report.SOPInstanceUID)
        screened.derived.append(report)
    return screened


def rows_from_one_eye(dataset: "Dataset", name: str, screener: ReportScreener) -> list[dict[str, Any]]:
    """Returns a row with its `eye` for every frame that can be decoded, each scored alone.

    Args:
        dataset: As for `screen_instance`.
        name: As for `screen_instance`.
        screener: The model.
    """
    try:
        check_image(dataset, name)
        sides = sides_of(dataset, read_header(dataset).frames, name)
    except DecodeError:
        return []
    rows = []
    for frame, side in enumerate(sides):
        try:
            rows.append(screener.screen(name, frame_rgb(dataset, frame, name)) | {"eye": side.eye})
        except DecodeError:
            continue
    return rows


def _built(build: Callable[[], "Dataset"], name: str) -> "Dataset":
    """Builds an instance; what a header must not hold for that is a sentence.

    Raises:
        DecodeError: The image's header breaks rules that a derived instance has to keep.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # they quote names
            return build()
    except (AttributeError, LookupError, TypeError, ValueError):
        raise DecodeError(
            f"{name} (DICOM) has a header that no report can take over: the form of a name, a date or a UID breaks the "
            "rules of DICOM. Export it from the archive again."
        ) from None


def _shown_label(screener: ReportScreener, row: dict[str, Any]) -> str | None:
    """Returns the label whose evidence the report shows too; None of a photograph that is not referred."""
    card, writer = screener.bundle.card, Writer.of(screener.screener)
    verdict = verdict_of(row, writer.rule, writer.bundles)
    if verdict.refer or verdict.labels:
        return next(iter(verdict.labels), None)
    if _DEFAULT_LABEL in card.labels:
        return _DEFAULT_LABEL
    return max(card.labels, key=lambda label: float(row[f"{label}.score"]))
