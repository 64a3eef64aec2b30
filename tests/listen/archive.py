"""A stand-in for an archive: takes C-STORE on loopback and answers as it is told."""

from collections.abc import Sequence
from typing import Any

from pydicom.dataset import Dataset
from pynetdicom import AE, evt

_RESULTS = tuple(f"1.2.840.10008.5.1.4.1.1.{last}" for last in ("7", "88.33", "104.1", "66.4"))


class StandInArchive:
    """An archive with the title ARCHIVE.

    Attributes:
        stored: What it took, in order.
        statuses: What it answers next; success when there is nothing left.
    """

    def __init__(self, *, classes: Sequence[str] = _RESULTS, syntaxes: Sequence[str] = (), port: int = 0) -> None:
        self.stored: list[Dataset] = []
        self.statuses: list[int] = []
        self._classes, self._syntaxes, self._port = classes, syntaxes, port

    def __enter__(self) -> "StandInArchive":
        entity = AE("ARCHIVE")
        entity.require_called_aet = True
        for sop_class in self._classes:
            entity.add_supported_context(sop_class, *([list(self._syntaxes)] if self._syntaxes else []))
        handlers: list[Any] = [(evt.EVT_C_STORE, self._store)]
        self._server: Any = entity.start_server(("127.0.0.1", self._port), block=False, evt_handlers=handlers)
        self._port = self._server.server_address[1]
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()

    @property
    def url(self) -> str:
        return f"dicom://ARCHIVE@127.0.0.1:{self._port}"

    def _store(self, event: evt.Event) -> int:
        status = self.statuses.pop(0) if self.statuses else 0
        if status == 0:
            dataset = event.dataset
            dataset.file_meta = event.file_meta
            self.stored.append(dataset)
        return status
