"""The work of `fundusfm dicom list`."""

import os
import sys
from pathlib import Path

import pandas as pd

from fundusfm.config.dicom import DicomListConfig
from fundusfm.data.decode.image import read_bytes
from fundusfm.data.dicom.dataset import is_dicom, read_dataset
from fundusfm.data.dicom.find import find_dicom
from fundusfm.data.dicom.header import read_header
from fundusfm.errors import ConfigError, DecodeError
from fundusfm.progress import track
from fundusfm.runs import write_atomic

_FAILED = 2
_COLUMNS = ["image", "patient", "eye", "frames", "study", "series", "instance"]


def run_list(config: DicomListConfig) -> pd.DataFrame:
    """Runs the command; see `fundusfm.commands` for results and errors."""
    table_path = Path(config.out)
    if not table_path.parent.is_dir() or table_path.is_dir():
        raise ConfigError(f"--out {config.out} must be a file, such as photographs.csv, in a folder that exists.")
    rows, failed = [], 0
    for path in track(find_dicom(config.paths), label="dicom list", unit="file"):
        try:
            content = read_bytes(path)
            if not is_dicom(content):
                raise DecodeError(f"{path} is not a DICOM file (no DICM after 128 bytes).")
            dataset = read_dataset(content, str(path))
        except DecodeError as error:
            failed += 1
            print(f"left out: {error}", file=sys.stderr)
            continue
        if "PixelData" in dataset:
            header = read_header(dataset)
            rows.append(
                [
                    os.path.relpath(path, table_path.parent),
                    header.patient,
                    header.eye,
                    header.frames,
                    header.study,
                    header.series,
                    header.instance,
                ]
            )
    table = pd.DataFrame(rows, columns=_COLUMNS)
    write_atomic(table_path, table.to_csv(index=False, lineterminator="\n"))
    print(
        f"{len(rows)} photographs in {table_path}" + (f"; {failed} files left out" if failed else ""), file=sys.stderr
    )
    table.attrs["left_out"] = failed
    return table
