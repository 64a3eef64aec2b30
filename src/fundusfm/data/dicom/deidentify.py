"""The work of `fundusfm dicom deidentify`."""

import secrets
import sys
import warnings
from collections import Counter
from io import BytesIO
from pathlib import Path

import pandas as pd

from fundusfm.config.dicom import DicomDeidentifyConfig
from fundusfm.data.dicom.anonymous import anonymous
from fundusfm.data.dicom.dataset import DAMAGE
from fundusfm.data.dicom.find import find_dicom, read_dicom
from fundusfm.data.dicom.header import read_header
from fundusfm.data.dicom.laterality import sides_of
from fundusfm.data.inputs.find import skipped_text
from fundusfm.data.inputs.photograph import frame_name
from fundusfm.data.inputs.source import Source
from fundusfm.errors import ConfigError, DecodeError, RunFolderError
from fundusfm.progress import track
from fundusfm.runs import write_atomic

_FAILED = 2
_SALT_BYTES = 32
_SHORTEST_SALT = 16


def run_deidentify(config: DicomDeidentifyConfig) -> pd.DataFrame:
    """Runs the command; see `fundusfm.commands` for results and errors."""
    folder = Path(config.out)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise RunFolderError(f"{folder} is not an empty folder: give another --out (nothing was changed).")
    skipped = Counter[str]()
    files = find_dicom(config.paths, skipped=skipped)
    salt = _salt(Path(config.salt_file), folder)
    (folder / "instances").mkdir(parents=True, exist_ok=True)
    rows, reasons = [], []
    for source in track(files, label="deidentify", unit="image"):
        try:
            rows += _one(source, folder, salt)
        except DecodeError as error:
            reasons.append(str(error))
    table = pd.DataFrame(rows, columns=["image", "patient", "eye", "frames", "study"])
    write_atomic(folder / "manifest.csv", table.to_csv(index=False, lineterminator="\n"))
    # Paths may name the patient: reasons go to the screen, and never into the folder that is passed on.
    for reason in reasons:
        print(f"left out: {reason}", file=sys.stderr)
    print(f"{len(files) - len(reasons)} of {len(files)} images in {folder}", file=sys.stderr)
    if skipped:
        print(skipped_text(skipped), file=sys.stderr)
    table.attrs["left_out"] = len(reasons)
    return table


def _one(source: Source, folder: Path, salt: bytes) -> list[dict[str, object]]:
    """Writes the copy of an image and returns a row for each of its frames."""
    copy = anonymous(read_dicom(source), source.name, salt)
    image = f"instances/{copy.SOPInstanceUID}.dcm"
    file = BytesIO()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # they quote values
            copy.save_as(file, enforce_file_format=True)
    except DAMAGE as error:
        raise DecodeError(f"{source.name} (DICOM) is damaged ({type(error).__name__}): export it again.") from None
    write_atomic(folder / image, file.getvalue())
    header = read_header(copy)
    return [
        {
            "image": frame_name(image, number),
            "patient": header.patient,
            "eye": side.eye,
            "frames": header.frames,
            "study": header.study,
        }
        for number, side in enumerate(sides_of(copy, header.frames), start=1)
    ]


def _salt(path: Path, out: Path) -> bytes:
    if path.resolve().is_relative_to(out.resolve()):
        raise ConfigError(f"--salt-file {path} lies in --out, which would pass the secret on: put it elsewhere.")
    if not path.exists():
        path.touch(mode=0o600)
        path.write_bytes(secrets.token_hex(_SALT_BYTES).encode())
    salt = path.read_bytes().strip()
    if len(salt) < _SHORTEST_SALT:
        raise ConfigError(
            f"--salt-file {path} holds {len(salt)} bytes; it needs at least {_SHORTEST_SALT}. Delete "
            "it, and a random one is made."
        )
    return salt
