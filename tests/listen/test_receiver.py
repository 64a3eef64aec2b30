"""The storage service as peers meet it, on loopback."""

import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from pydicom.dataset import Dataset
from pynetdicom import AE
from tests.dicom_files import OPHTHALMIC_8, SYNTAXES, dicom_bytes, dicom_dataset
from tests.listen.certificates import Certificates

from fundusfm.config.dicom import ListenConfig
from fundusfm.data.dicom.dataset import read_dataset
from fundusfm.errors import ConfigError
from fundusfm.listen.intake import Intake
from fundusfm.listen.journal import StudyJournal
from fundusfm.listen.log import EventLog
from fundusfm.listen.peers import Peers
from fundusfm.listen.receiver import Receiver
from fundusfm.listen.spool import Spool
from fundusfm.listen.tls import server_context

_ECHO = "1.2.840.10008.1.1"
_OCT = "1.2.840.10008.5.1.4.1.1.77.1.5.4"
Make = Callable[..., bytes]


@contextmanager
def _running(
    intake: Intake, *, peers: tuple[str, ...] = (), tls: ssl.SSLContext | None = None, log: EventLog | None = None
) -> Iterator[Receiver]:
    receiver = Receiver(
        intake, Peers(peers), log or EventLog(), host="127.0.0.1", port=0, title="FUNDUSFM", timeout=10, tls=tls
    )
    try:
        yield receiver
    finally:
        receiver.stop(5)


def _status(receiver: Receiver, dataset: Dataset | None, *, title: str = "CAMERA", called: str = "FUNDUSFM",
            tls: ssl.SSLContext | None = None) -> int | str:  # fmt: skip
    """Sends an image, or C-ECHO; returns the status, or why there was none."""
    entity = AE(title)
    entity.acse_timeout = entity.dimse_timeout = 10
    entity.add_requested_context(_ECHO)
    if dataset is not None:
        entity.add_requested_context(dataset.SOPClassUID, dataset.file_meta.TransferSyntaxUID)
    association = entity.associate("127.0.0.1", receiver.port, ae_title=called,
                                   tls_args=None if tls is None else (tls, "localhost"))  # fmt: skip
    if not association.is_established:
        return "rejected" if association.is_rejected else "no connection"
    try:
        answer = association.send_c_echo() if dataset is None else association.send_c_store(dataset)
        return int(answer.Status)
    except ValueError:
        return "no context"
    finally:
        association.release()


def test_peers_are_checked_by_title_and_address(intake: Intake, log: EventLog) -> None:
    with _running(intake, peers=("CAMERA@127.0.0.1",), log=log) as receiver:
        assert _status(receiver, None) == 0
        assert _status(receiver, None, title="STRANGER") == "rejected"
        assert _status(receiver, None, called="SOMEBODY") == "rejected"
    said = log._stream.getvalue()  # type: ignore[attr-defined]
    assert "STRANGER@127.0.0.1" in said and "--peers does not name this sender" in said
    assert "it calls SOMEBODY, and this service is FUNDUSFM" in said and said.count("not_authorised") == 2
    with _running(intake, peers=("CAMERA@10.0.0.1",), log=log) as receiver:
        assert _status(receiver, None) == "no connection"


@pytest.mark.parametrize("name", SYNTAXES)
def test_every_syntax_that_is_read_is_received_unchanged(
    name: str, intake: Intake, spool: Spool, photo: np.ndarray
) -> None:
    sent = read_dataset(dicom_bytes(dicom_dataset(photo), SYNTAXES[name]), "sent")
    with _running(intake) as receiver:
        assert _status(receiver, sent) == 0
    (file,) = (spool.path / "received").iterdir()
    kept = read_dataset(file.read_bytes(), "kept")
    assert kept.file_meta.TransferSyntaxUID == SYNTAXES[name] and kept.PixelData == sent.PixelData
    assert kept.PatientID == sent.PatientID


def test_answers_say_what_came_of_an_image(
    spool: Spool, journal: StudyJournal, log: EventLog, photograph: Make
) -> None:
    def dataset(*arguments: str, **attributes: object) -> Dataset:
        return read_dataset(photograph(*arguments, **attributes), "sent")

    with _running(Intake(spool, journal, log, most_waiting=1, free_gigabytes=0), log=log) as receiver:
        assert _status(receiver, dataset("a1")) == 0
        assert _status(receiver, dataset("a1")) == 0
        assert _status(receiver, dataset("a1", PatientID="OTHER")) == 0x0111
        assert _status(receiver, dataset("a2")) == 0xA700
        assert _status(receiver, dataset("a3", StudyInstanceUID=None)) == 0xA900
        assert _status(receiver, dataset("a4", sop_class=_OCT)) == "no context"
    said = log._stream.getvalue()  # type: ignore[attr-defined]
    assert OPHTHALMIC_8 not in said and "Ophthalmic Tomography Image Storage" in said and "not accepted" in said


def test_with_tls_both_sides_show_certificates(intake: Intake, log: EventLog, tmp_path: Path, photograph: Make) -> None:
    made = Certificates(tmp_path)
    context = server_context(
        ListenConfig(spool="", tls_certificate=made.certificate, tls_key=made.key, tls_ca=made.authority)
    )
    with _running(intake, tls=context, log=log) as receiver, socket.create_connection(("127.0.0.1", receiver.port)):
        # The open connection says nothing, and keeps nobody waiting.
        image = read_dataset(photograph(), "sent")
        assert _status(receiver, image, tls=made.client()) == 0
        assert _status(receiver, image, tls=made.client(known=False)) == "no connection"
        assert _status(receiver, image) == "no connection"


def test_an_address_that_is_taken_is_a_sentence(intake: Intake, log: EventLog) -> None:
    with _running(intake, log=log) as receiver, pytest.raises(ConfigError, match="cannot be used"):
        Receiver(intake, Peers([]), log, host="127.0.0.1", port=receiver.port, title="FUNDUSFM", timeout=5)
