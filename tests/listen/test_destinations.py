"""Archives that take, know, refuse, are busy, or are not there."""

from pathlib import Path

import numpy as np
import pytest
from pydicom import dcmread
from pydicom.uid import RLELossless
from tests.dicom_files import SECONDARY_CAPTURE, dicom_bytes, dicom_dataset
from tests.listen.archive import StandInArchive

from fundusfm.config.dicom import ListenConfig
from fundusfm.errors import ConfigError, PacsError
from fundusfm.listen.destinations import Destination, StorageDestination, WebDestination, destinations
from fundusfm.screening.dicom.archive import RefusedError


def _to(url: str) -> Destination:
    (found,) = destinations(ListenConfig(spool="", to=[url], timeout=5))
    return found


@pytest.fixture
def capture(photo: np.ndarray, tmp_path: Path) -> Path:
    """A compressed secondary capture, as an overlay is."""
    file = tmp_path / "capture.dcm"
    file.write_bytes(dicom_bytes(dicom_dataset(photo, sop_class=SECONDARY_CAPTURE), RLELossless))
    return file


def _send(archive: StandInArchive, file: Path) -> None:
    with _to(archive.url).session() as send:
        send(file)


@pytest.mark.parametrize("syntax", ["1.2.840.10008.1.2.5", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2"])
def test_overlays_arrive_as_the_archive_wants_them(syntax: str, capture: Path, photo: np.ndarray) -> None:
    with StandInArchive(syntaxes=[syntax]) as archive:
        _send(archive, capture)
    (stored,) = archive.stored
    assert stored.file_meta.TransferSyntaxUID == syntax
    assert np.array_equal(stored.pixel_array, photo)
    assert stored.SOPInstanceUID == dcmread(capture).SOPInstanceUID


def test_known_instances_and_warnings_count_as_stored(archive: StandInArchive, capture: Path) -> None:
    for status in (0x0111, 0xB000, 0xB007):
        archive.statuses = [status]
        _send(archive, capture)


@pytest.mark.parametrize(
    ("status", "kind", "sentence"),
    [(0xA701, PacsError, "out of resources"), (0xC000, RefusedError, "status C000"), (0x0122, RefusedError, "0122")],
)
def test_what_an_archive_answers(
    status: int, kind: type[PacsError], sentence: str, archive: StandInArchive, capture: Path
) -> None:
    archive.statuses = [status]
    with pytest.raises(kind, match=sentence) as raised:
        _send(archive, capture)
    assert type(raised.value) is kind


def test_archives_that_are_not_there_or_do_not_know_us(archive: StandInArchive, capture: Path) -> None:
    with pytest.raises(PacsError, match="cannot be reached"), _to("dicom://ARCHIVE@127.0.0.1:9").session():
        pass
    stranger = _to(archive.url.replace("ARCHIVE", "OTHER"))
    with pytest.raises(PacsError, match="rejects the association"), stranger.session():
        pass
    reports_only = StandInArchive(classes=["1.2.840.10008.5.1.4.1.1.88.33"])
    with reports_only, pytest.raises(RefusedError, match="does not take instances of SOP class"):
        _send(reports_only, capture)


def test_addresses() -> None:
    both = destinations(ListenConfig(spool="", to=["dicom://A%20B@[::1]:104", "https://archive.example/dicom-web"] * 2))
    assert [type(one) for one in both] == [StorageDestination, WebDestination]
    for wrong, sentence in {
        "dicom://127.0.0.1:104": "TITLE@HOST:PORT",
        "dicom://ARCHIVE@127.0.0.1": "TITLE@HOST:PORT",
        "dicom+tls://ARCHIVE@host:port": "TITLE@HOST:PORT",
        "ARCHIVE@127.0.0.1:104": "it begins with",
        "https://user:secret@archive.example": "holds a user name or a password",
    }.items():
        with pytest.raises(ConfigError, match=sentence) as raised:
            _to(wrong)
        assert "secret" not in str(raised.value)
    with pytest.raises(ConfigError, match="--to is missing"):
        destinations(ListenConfig(spool=""))
