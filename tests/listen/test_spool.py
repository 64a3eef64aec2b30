"""Files of the spool: written whatever their UID, and tidied after a kill."""

from pathlib import Path

import numpy as np
from pydicom import dcmread
from tests.dicom_files import dicom_dataset

from fundusfm.listen.spool import Spool


def test_a_uid_cannot_lead_out_of_the_folder(spool: Spool, tmp_path: Path) -> None:
    place = spool.keep_received("../../outside", b"content")
    assert (spool.path / place).read_bytes() == b"content"
    assert (spool.path / place).parent == spool.path / "received"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["spool"]


def test_a_result_is_a_dicom_file(spool: Spool, photo: np.ndarray) -> None:
    place = spool.keep_result(dicom_dataset(photo))
    assert dcmread(spool.path / place).PatientID


def test_what_a_kill_left_is_removed_and_the_rest_stays(spool: Spool) -> None:
    kept, orphan = spool.keep_received("1", b"kept"), spool.keep_received("2", b"never told")
    (spool.path / "received" / ".half.dcm.1.tmp").write_bytes(b"half")
    spool.tidy({kept})
    assert [path.name for path in (spool.path / "received").iterdir()] == [Path(kept).name]
    spool.remove([kept, orphan])
    assert not list((spool.path / "received").iterdir())
