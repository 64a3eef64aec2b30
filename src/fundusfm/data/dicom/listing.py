"""The work of `fundusfm dicom list`."""

import os
import sys
from collections import Counter
from pathlib import Path

import pandas as pd

from fundusfm.config.dicom import DicomListConfig
from fundusfm.data.dicom.find import find_dicom, read_dicom
from fundusfm.data.dicom.header import read_header
from fundusfm.data.dicom.laterality import sides_of
from fundusfm.data.inputs.doubts import doubts_text
from fundusfm.data.inputs.find import skipped_text
from fundusfm.data.inputs.photograph import frame_name
from fundusfm.errors import ConfigError, DecodeError
from fundusfm.names import shown
from fundusfm.progress import track
from fundusfm.runs import make_parent, write_atomic

_COLUMNS = ["image", "patient", "eye", "eye_doubt", "frames", "study", "series", "instance"]


def run_list(config: DicomListConfig) -> pd.DataFrame:
    """Runs the command; see `fundusfm.commands` for results and errors."""
    table_path = Path(config.out)
    if table_path.is_dir():
        raise ConfigError(f"--out {config.out} is a folder: give a file, such as {table_path / 'photographs.csv'}.")
    make_parent(table_path)
    rows, failed = [], 0
    skipped = Counter[str]()
    for source in track(find_dicom(config.paths, skipped=skipped), label="dicom list", unit="file"):
        try:
            dataset = read_dicom(source)
        except DecodeError as error:
            failed += 1
            print(f"left out: {error}", file=sys.stderr)
            continue
        if "PixelData" not in dataset:
            continue
        header = read_header(dataset)
        file = shown(os.path.relpath(Path(source.path) / source.member, table_path.parent))
        for number, side in enumerate(sides_of(dataset, header.frames, source.name), start=1):
            name = frame_name(file, number)
            whose = [header.patient, side.eye, side.doubt]
            rows.append([name, *whose, header.frames, header.study, header.series, header.instance])
    table = pd.DataFrame(rows, columns=_COLUMNS)
    write_atomic(table_path, table.to_csv(index=False, lineterminator="\n"))
    print(
        f"{len(rows)} photographs in {table_path}" + (f"; {failed} files left out" if failed else ""), file=sys.stderr
    )
    for said in (skipped_text(skipped), doubts_text(zip(table["image"], table["eye_doubt"], strict=True))):
        if said:
            print(said, file=sys.stderr)
    table.attrs["left_out"] = failed
    return table
