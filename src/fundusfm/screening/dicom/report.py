"""The work of `fundusfm dicom report`."""

import json
from pathlib import Path
from typing import Any

import pandas as pd

from fundusfm.config.dicom import DicomReportConfig
from fundusfm.data.decode.image import read_bytes
from fundusfm.data.dicom.dataset import is_dicom, read_dataset
from fundusfm.data.dicom.find import find_dicom
from fundusfm.data.dicom.header import header_text
from fundusfm.errors import DecodeError
from fundusfm.progress import track
from fundusfm.runs import RunFolder, open_run, write_atomic
from fundusfm.screening.dicom.instance import ScreenedImage, check_label, columns, screen_instance
from fundusfm.screening.dicom.predictions import ReportScreener
from fundusfm.screening.dicom.structured_report import report_uid


def run_report(config: DicomReportConfig) -> pd.DataFrame:
    """Runs the command; see `fundusfm.commands` for results and errors."""
    screener = ReportScreener(config.weights, config.operating_point)
    card = screener.bundle.card
    check_label(card, config.label)
    files = find_dicom(config.paths)
    run = open_run(config.out, command="dicom report", config=config, overwrite=config.overwrite, resume=config.resume)
    (run.path / "instances").mkdir(exist_ok=True)
    (run.path / "rows").mkdir(exist_ok=True)
    rows: list[dict[str, Any]] = []
    left_out = 0
    for path in track(files, label="dicom report", unit="image"):
        screened = _one(path, str(path) in config.paths, screener, run, config.label, config.overlays)
        rows += screened.rows
        left_out += not screened.rows
    table = pd.DataFrame(rows, columns=columns(card))
    write_atomic(run.path / "results.csv", table.to_csv(index=False, lineterminator="\n"))
    others = int((table["status"] != "ok").sum())
    run.log(
        f"{len(table) - others} of {len(table)} frames scored; reports in {run.path / 'instances'}"
        + (f"; reasons of the {others} others in results.csv" if others else "")
        + (f"; {left_out} DICOM files without an image left out" if left_out else "")
    )
    run.write_metrics({"frames": len(table), "without_score": others, "without_image": left_out})
    return table


def _one(
    path: Path, named: bool, screener: ReportScreener, run: RunFolder, label: str | None, overlays: bool
) -> ScreenedImage:
    """Screens one file and writes its instances; its rows last, so that their presence says that all are there."""
    try:
        content = read_bytes(path)
        if not is_dicom(content):
            raise DecodeError(
                f"{path} is not a DICOM file (no DICM after 128 bytes): fundusfm dicom report needs one "
                "to file a report with."
            )
        dataset = read_dataset(content, str(path))
    except DecodeError as error:
        row = {"image": str(path), "frame": 1, "status": "failed", "reason": str(error)}
        return ScreenedImage([row | screener.provenance])
    if "Rows" not in dataset and not named:
        return ScreenedImage()
    uid = header_text(dataset, "SOPInstanceUID")
    kept = run.path / "rows" / f"{report_uid(uid, screener.identity)}.json"
    if kept.exists():
        return ScreenedImage([row | {"image": str(path)} for row in json.loads(kept.read_text(encoding="utf-8"))])
    screened = screen_instance(dataset, str(path), screener, label=label, overlays=overlays)
    for instance in screened.derived:
        instance.save_as(run.path / "instances" / f"{instance.SOPInstanceUID}.dcm")
    if screened.derived:
        write_atomic(kept, json.dumps(screened.rows))
    return screened
