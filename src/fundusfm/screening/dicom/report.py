"""The work of `fundusfm dicom report`."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import pandas as pd

from fundusfm.config.dicom import DicomReportConfig
from fundusfm.data.dicom.find import find_dicom, read_dicom
from fundusfm.data.dicom.header import header_text
from fundusfm.data.inputs.doubts import doubts_text
from fundusfm.data.inputs.find import skipped_text
from fundusfm.data.inputs.source import Source
from fundusfm.errors import DecodeError
from fundusfm.models.released import default_weights
from fundusfm.progress import track
from fundusfm.runs import RunFolder, open_run, replacing, write_atomic
from fundusfm.screening.dicom.instance import ScreenedImage, check_label, columns, rows_from_one_eye, screen_instance
from fundusfm.screening.dicom.predictions import ReportScreener
from fundusfm.screening.dicom.source import source_header
from fundusfm.screening.dicom.structured_report import report_uid
from fundusfm.screening.dicom.study_report import encapsulated_pdf, pdf_uid, person_of_study


def run_report(config: DicomReportConfig) -> pd.DataFrame:
    """Runs the command; see `fundusfm.commands` for results and errors."""
    screener = ReportScreener(config.weights or default_weights(), config.operating_point, config.structures)
    check_label(screener.bundle.card, config.label)
    skipped = Counter[str]()
    files = find_dicom(config.paths, skipped=skipped)
    run = open_run(config.out, command="dicom report", config=config, overwrite=config.overwrite, resume=config.resume)
    (run.path / "instances").mkdir(exist_ok=True)
    (run.path / "rows").mkdir(exist_ok=True)
    rows: list[dict[str, Any]] = []
    doubts: list[tuple[str, str]] = []
    studies: dict[str, list[tuple[Source, list[dict[str, Any]]]]] = {}
    one_eye = _rows_from_one_eye(files, screener)
    for source in track(files, label="dicom report", unit="image"):
        screened = _one(source, screener, run, config.label, config.overlays, one_eye)
        rows += screened.rows
        doubts += screened.doubts
        if study := screened.rows[0].get("study"):
            studies.setdefault(str(study), []).append((source, screened.rows))
    reported = [found for images in studies.values() if (found := _reported(images))] if config.pdf else []
    for images in track(reported, label="pdf", unit="study"):
        _write_pdf(images, screener, run)
    table = pd.DataFrame(rows, columns=columns(screener))
    write_atomic(run.path / "results.csv", table.to_csv(index=False, lineterminator="\n"))
    others = int((table["status"] != "ok").sum())
    run.log(
        f"{len(table) - others} of {len(table)} frames scored; reports in {run.path / 'instances'}"
        + (f"; PDFs of {len(reported)} of {len(studies)} studies" if config.pdf else "")
        + (f"; for the other {others}, results.csv has the reason" if others else "")
    )
    for said in (skipped_text(skipped), doubts_text(doubts)):
        if said:
            run.log(said)
    run.write_metrics({"frames": len(table), "without_score": others})
    return table


def _reported(images: Sequence[tuple[Source, list[dict[str, Any]]]]) -> list[tuple[Source, list[dict[str, Any]]]]:
    """Returns those images of a study that a report can be filed with."""
    return [(source, rows) for source, rows in images if any(row.get("report") for row in rows)]


def _write_pdf(
    reported: Sequence[tuple[Source, list[dict[str, Any]]]], screener: ReportScreener, run: RunFolder
) -> None:
    """Writes the PDF of a study, of images from `_reported`, unless it is there already."""
    study = str(reported[0][1][0]["study"])
    instances = [str(rows[0]["instance"]) for _, rows in reported]
    file = run.path / "instances" / f"{pdf_uid(study, instances, screener.identity)}.dcm"
    if file.exists():
        return
    datasets = [read_dicom(source) for source, _ in reported]
    person = person_of_study(
        [(dataset, rows) for dataset, (_, rows) in zip(datasets, reported, strict=True)],
        screener,
        now=datetime.now().astimezone(),
    )
    headers = [source_header(dataset, source.name) for dataset, (source, _) in zip(datasets, reported, strict=True)]
    with replacing(file) as temporary:
        encapsulated_pdf(headers, person, screener.identity).save_as(temporary, enforce_file_format=True)


def _rows_from_one_eye(files: Sequence[Source], screener: ReportScreener) -> dict[str, list[dict[str, Any]]]:
    """Returns the rows of each study, each scored alone; none where the model takes no fellow eye into account."""
    found: dict[str, list[dict[str, Any]]] = {}
    if screener.bundle.card.both_eyes is None:
        return found
    for source in track(files, label="both eyes", unit="image"):
        try:
            dataset = read_dicom(source)
        except DecodeError:
            continue  # its row says so later
        if study := header_text(dataset, "StudyInstanceUID"):
            found.setdefault(study, []).extend(rows_from_one_eye(dataset, source.name, screener))
    return found


def _one(
    source: Source,
    screener: ReportScreener,
    run: RunFolder,
    label: str | None,
    overlays: bool,
    one_eye: Mapping[str, Sequence[Mapping[str, Any]]],
) -> ScreenedImage:
    """Screens one file and writes its instances; its rows last, so that their presence says that all are there."""
    try:
        dataset = read_dicom(source)
    except DecodeError as error:
        row = {"image": source.name, "frame": 1, "status": "failed", "reason": str(error)}
        return ScreenedImage([row | screener.provenance])
    uid = header_text(dataset, "SOPInstanceUID")
    kept = run.path / "rows" / f"{report_uid(uid, screener.identity)}.json"
    if kept.exists():
        return ScreenedImage([row | {"image": source.name} for row in json.loads(kept.read_text(encoding="utf-8"))])
    study = one_eye.get(header_text(dataset, "StudyInstanceUID"), ())
    screened = screen_instance(dataset, source.name, screener, label=label, overlays=overlays, study=study)
    for instance in screened.derived:
        instance.save_as(run.path / "instances" / f"{instance.SOPInstanceUID}.dcm")
    if screened.derived:
        write_atomic(kept, json.dumps(screened.rows))
    return screened
