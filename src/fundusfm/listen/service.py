"""The work of `fundusfm listen`: images in, reports out, until it is told to stop."""

import sqlite3
import ssl
import threading
from collections.abc import Callable
from pathlib import Path

import pandas as pd

from fundusfm.config.dicom import ListenConfig
from fundusfm.errors import AuditError, ConfigError
from fundusfm.listen.delivery import Delivery
from fundusfm.listen.destinations import destinations
from fundusfm.listen.folder import WatchedFolders
from fundusfm.listen.intake import Intake
from fundusfm.listen.journal import StudyJournal
from fundusfm.listen.log import EventLog
from fundusfm.listen.peers import Peers, check_title
from fundusfm.listen.receiver import Receiver, quieten_network
from fundusfm.listen.screening import StudyScreening
from fundusfm.listen.spool import FHIR_SUFFIX, Spool
from fundusfm.listen.status import journal_table
from fundusfm.listen.tls import server_context
from fundusfm.models.released import default_weights
from fundusfm.runs import exclusive_lock
from fundusfm.screening.audit.log import AuditLog
from fundusfm.screening.dicom.instance import check_label
from fundusfm.screening.dicom.predictions import ReportScreener
from fundusfm.screening.dicom.watch import told_to_stop

_IDLE_SECONDS = 0.5
_POLL_SECONDS = 2.0
_NO_SPACE_SECONDS = 30.0
_LAST_SECONDS = 20.0
"""For running associations and the work at hand, once the service is told to stop."""


def run_listen(config: ListenConfig) -> pd.DataFrame:
    """Runs the command; see `fundusfm.commands` for results and errors."""
    _check(config)
    targets = destinations(config)
    peers = Peers(config.peers or [])
    tls = server_context(config)
    log = EventLog()
    quieten_network()
    screener = ReportScreener(
        config.weights or default_weights(),
        config.operating_point,
        config.structures,
        traced=config.audit_log is not None,
    )
    check_label(screener.bundle.card, config.label)
    audit = _audit_log(config, screener)
    spool = Spool(Path(config.spool))
    with exclusive_lock(spool.path, command="listen"):
        journal = StudyJournal(spool.journal)
        try:
            spool.tidy(journal.wanted_files())
            if config.retry_failed:
                log.write("retry_failed", studies=journal.retry_failed())
            intake = Intake(spool, journal, log, most_waiting=config.most_waiting, free_gigabytes=config.free_gigabytes)
            folders = WatchedFolders(config.watch or [], intake, journal)
            screening = StudyScreening(
                journal, spool, log, screener, label=config.label, overlays=config.overlays, pdf=config.pdf,
                fhir=any(one.suffix == FHIR_SUFFIX for one in targets), patient_system=config.patient_system or "",
                audit=audit,
            )  # fmt: skip
            delivery = Delivery(journal, spool, log, targets, give_up=config.give_up)
            work = _Work(journal, folders, screening, delivery, log, quiet=config.quiet)
            with told_to_stop(work.stop.set):
                if config.once:
                    work.once()
                else:
                    _serve(config, work, intake, peers, log, tls)
            return journal_table(journal, once=config.once)
        finally:
            journal.close()


def _audit_log(config: ListenConfig, screener: ReportScreener) -> AuditLog | None:
    """Opens the audit log that is asked for.

    Raises:
        AuditError: It cannot be written, or was cut or changed.
    """
    if config.audit_log is None:
        return None
    identity = screener.identity
    return AuditLog(Path(config.audit_log), how="listen", model=identity.card.name, weights=identity.weights_hash)


class _Work:
    """What the service does besides receiving; each part is a loop in a thread of its own.

    Attributes:
        stop: Set to end all of them.
        fault: A bug that ended one of them.
    """

    def __init__(
        self, journal: StudyJournal, folders: WatchedFolders, screening: StudyScreening, delivery: Delivery,
        log: EventLog, *, quiet: float,
    ) -> None:  # fmt: skip
        self.stop = threading.Event()
        self.fault: BaseException | None = None
        self._journal, self._folders, self._log, self._quiet = journal, folders, log, quiet
        self._screening, self._delivery = screening, delivery

    def once(self) -> None:
        """Does what is waiting: takes files, screens all studies, and tries once to deliver."""
        self._folders.look(settled=True)
        self._complete(0.0)
        while self._screening.step(self.stop) and not self.stop.is_set():
            pass
        self._delivery.step(self.stop, all_due=True)

    def start(self) -> list[threading.Thread]:
        """Starts the loops."""
        loops: dict[str, tuple[Callable[[], bool], float]] = {
            "folders": (lambda: bool(self._folders.look()), _POLL_SECONDS),
            "screening": (self._screen, _IDLE_SECONDS),
            "delivery": (lambda: self._delivery.step(self.stop), _IDLE_SECONDS),
        }
        threads = [
            threading.Thread(target=self._loop, args=(step, pause), name=name, daemon=True)
            for name, (step, pause) in loops.items()
        ]
        for thread in threads:
            thread.start()
        return threads

    def _screen(self) -> bool:
        self._complete(self._quiet)
        return self._screening.step(self.stop)

    def _complete(self, quiet: float) -> None:
        for study in self._journal.complete(quiet):
            self._log.write("complete", study=study)

    def _loop(self, step: Callable[[], bool], pause: float) -> None:
        try:
            while not self.stop.is_set():
                try:
                    step()
                except (OSError, sqlite3.OperationalError, AuditError) as error:
                    self._log.write("waiting", reason=f"{type(error).__name__}: {error}", seconds=_NO_SPACE_SECONDS)
                    self.stop.wait(_NO_SPACE_SECONDS)
                self.stop.wait(pause)
        except BaseException as error:  # noqa: BLE001  raised again in the main thread, which ends the process
            self.fault = error
            self.stop.set()


def _serve(
    config: ListenConfig, work: _Work, intake: Intake, peers: Peers, log: EventLog, tls: ssl.SSLContext | None
) -> None:
    """Receives and works until it is told to stop, or a part fails."""
    receiver = None
    if config.receive:
        receiver = Receiver(
            intake, peers, log, host=config.host, port=config.port, title=config.ae_title, timeout=config.timeout,
            tls=tls,
        )  # fmt: skip
        log.write("listening", title=config.ae_title, host=config.host, port=receiver.port, tls=int(tls is not None))
    threads = work.start()
    while not work.stop.wait(_IDLE_SECONDS):
        pass
    log.write("stopping")
    if receiver is not None:
        receiver.stop(_LAST_SECONDS)
    for thread in threads:
        thread.join(_LAST_SECONDS)
    if work.fault is not None:
        raise work.fault
    log.write("stopped")


def _check(config: ListenConfig) -> None:
    check_title(config.ae_title, "--ae-title")
    if not config.receive and not config.watch and not config.once:
        raise ConfigError("--no-receive leaves nothing to do: name a folder with --watch.")
    if config.quiet < 0 or config.timeout <= 0 or config.give_up <= 0 or config.most_waiting < 1:
        raise ConfigError(
            "--quiet must be at least 0, and --timeout, --give-up and --most-waiting above 0.", code="RANGE"
        )
    if config.tls_key and not config.tls_certificate:
        raise ConfigError("--tls-key needs --tls-certificate: give both.")
    reachable = config.receive and not config.once and config.host not in ("127.0.0.1", "::1", "localhost")
    if reachable and not config.peers and not (config.tls_certificate and config.tls_ca):
        raise ConfigError(
            f"--host {config.host} can be reached from other machines, and nobody is named who may send: give --peers, "
            "such as CAMERA1@192.168.1.20, or '*@*' for everybody."
        )
