"""The storage service (C-STORE) and its verification (C-ECHO), by pynetdicom."""

import logging
import socket
import socketserver
import ssl
import sys
import threading
import time
from typing import Any

from pydicom.uid import UID
from pynetdicom import AE, _config, evt
from pynetdicom.presentation import PresentationContext
from pynetdicom.sop_class import Verification  # type: ignore[attr-defined]
from pynetdicom.transport import ThreadedAssociationServer

from fundusfm.data.dicom.dataset import quieten
from fundusfm.errors import ConfigError
from fundusfm.listen.intake import Intake, Reception
from fundusfm.listen.log import EventLog
from fundusfm.listen.peers import Peers

_HANDSHAKE_SECONDS = 10.0
_IDLE_SECONDS = 300.0
_MOST_ASSOCIATIONS = 20
_HIGHEST_PORT = 65_535

_IMAGES = (
    "1.2.840.10008.5.1.4.1.1.77.1.5.1",  # Ophthalmic Photography 8 Bit
    "1.2.840.10008.5.1.4.1.1.77.1.5.2",  # Ophthalmic Photography 16 Bit
    "1.2.840.10008.5.1.4.1.1.77.1.5.5",  # Wide Field Ophthalmic Photography, stereographic projection
    "1.2.840.10008.5.1.4.1.1.77.1.5.6",  # Wide Field Ophthalmic Photography, 3D coordinates
    "1.2.840.10008.5.1.4.1.1.77.1.4",  # VL Photographic
    "1.2.840.10008.5.1.4.1.1.7",  # Secondary Capture
    "1.2.840.10008.5.1.4.1.1.7.2",  # Multi-frame Grayscale Byte Secondary Capture
    "1.2.840.10008.5.1.4.1.1.7.3",  # Multi-frame Grayscale Word Secondary Capture
    "1.2.840.10008.5.1.4.1.1.7.4",  # Multi-frame True Color Secondary Capture
)
"""SOP classes of what fundus cameras and their archives send."""

_SYNTAXES = (
    "1.2.840.10008.1.2.1",  # Explicit VR Little Endian
    "1.2.840.10008.1.2",  # Implicit VR Little Endian
    "1.2.840.10008.1.2.1.99",  # Deflated
    "1.2.840.10008.1.2.2",  # Explicit VR Big Endian
    "1.2.840.10008.1.2.5",  # RLE
    "1.2.840.10008.1.2.4.50",  # JPEG baseline
    "1.2.840.10008.1.2.4.51",  # JPEG extended
    "1.2.840.10008.1.2.4.57",  # JPEG lossless
    "1.2.840.10008.1.2.4.70",  # JPEG lossless, first order
    "1.2.840.10008.1.2.4.80",  # JPEG-LS lossless
    "1.2.840.10008.1.2.4.81",  # JPEG-LS near lossless
    "1.2.840.10008.1.2.4.90",  # JPEG 2000 lossless
    "1.2.840.10008.1.2.4.91",  # JPEG 2000
)
"""Transfer syntaxes that are read, in the order in which they are preferred."""

_STATUS = {
    Reception.TAKEN: 0x0000,
    Reception.KNOWN: 0x0000,
    Reception.OWN: 0x0000,
    Reception.FULL: 0xA700,  # out of resources
    Reception.DIFFERENT: 0x0111,  # duplicate SOP instance
    Reception.UNREADABLE: 0xC000,  # cannot understand
    Reception.UNFILED: 0xA900,  # data set does not match SOP class
    Reception.NO_IMAGE: 0xA900,
}
_NOT_AUTHORISED = 0x0124
_TITLE_NOT_KNOWN = (0x01, 0x01, 0x03)
"""Rejected for good, by the service user, because the calling AE title is not recognised (PS3.8, 9.3.4)."""


class Receiver:
    """A running service.

    Attributes:
        port: TCP port it listens on.

    Args:
        intake: Where images go.
        peers: Who may send.
        log: Where events go.
        host: Address to listen on.
        port: TCP port; 0 for any free one.
        title: AE title that peers must call.
        timeout: Seconds to wait for a peer's messages.
        tls: Encryption; none without it.

    Raises:
        ConfigError: The address cannot be used.
    """

    def __init__(
        self, intake: Intake, peers: Peers, log: EventLog, *, host: str, port: int, title: str, timeout: float,
        tls: ssl.SSLContext | None = None,
    ) -> None:  # fmt: skip
        if not 0 <= port <= _HIGHEST_PORT:
            raise ConfigError(f"--port is {port}; it must be 0 (any free one) to {_HIGHEST_PORT}.")
        quieten_network()
        self._intake, self._peers, self._log, self._title = intake, peers, log, title
        entity = AE(title)
        entity.require_called_aet = True
        entity.maximum_associations = _MOST_ASSOCIATIONS
        entity.acse_timeout = entity.dimse_timeout = timeout
        entity.network_timeout = _IDLE_SECONDS
        for image in _IMAGES:
            entity.add_supported_context(image, list(_SYNTAXES))
        entity.add_supported_context(Verification)
        try:
            self._server: Any = entity.make_server(
                (host, port), ssl_context=tls, evt_handlers=self._handlers(), server_class=_Server, peers=peers, log=log
            )
        except OSError as error:
            raise ConfigError(
                f"--host {host} --port {port} cannot be used ({error}): choose a free port of an address that this "
                "machine has. Ports below 1024 need a privilege; 11112 is the registered one that does not."
            ) from None
        self.port = int(self._server.server_address[1])
        self._thread = threading.Thread(target=self._server.serve_forever, name="receiver", daemon=True)
        self._thread.start()

    def stop(self, patience: float) -> None:
        """Takes no new connection, lets running ones end, and ends those that do not.

        Args:
            patience: Seconds to wait for them.
        """
        associations = self._server.active_associations
        self._server.end()
        deadline = time.monotonic() + patience
        for association in associations:
            association.join(max(0.0, deadline - time.monotonic()))
            if association.is_alive():
                association.abort()

    def _handlers(self) -> list[Any]:
        return [
            (evt.EVT_REQUESTED, self._requested),
            (evt.EVT_REJECTED, self._rejected),
            (evt.EVT_ACCEPTED, self._accepted),
            (evt.EVT_C_STORE, self._store),
            (evt.EVT_C_ECHO, self._echo),
        ]

    def _requested(self, event: evt.Event) -> None:
        """Rejects the association of a stranger: `echoscu` ends well whatever status its message is answered with."""
        if not self._may_send(event):
            self._log.write("not_authorised", origin=_origin(event), reason="--peers does not name this sender")
            event.assoc.acse.send_reject(*_TITLE_NOT_KNOWN)
            event.assoc.kill()

    def _rejected(self, event: evt.Event) -> None:
        called = _asked(event).called_ae_title
        reason = (
            f"too many associations at once (most: {_MOST_ASSOCIATIONS})"
            if called == self._title
            else f"it calls {called}, and this service is {self._title}"
        )
        self._log.write("not_authorised", origin=_origin(event), reason=reason)

    def _accepted(self, event: evt.Event) -> None:
        for uid in sorted({str(context.abstract_syntax) for context in event.assoc.rejected_contexts}):
            reason = f"objects of class {UID(uid).name} ({uid}) are not accepted, or not in the offered encodings"
            self._log.write("not_taken", outcome="not_accepted", reason=reason, instance="", origin=_origin(event))

    def _store(self, event: evt.Event) -> int:
        if not self._may_send(event):
            return _NOT_AUTHORISED
        return _STATUS[self._intake.take(event.encoded_dataset(), _origin(event))]

    def _echo(self, event: evt.Event) -> int:
        return 0x0000 if self._may_send(event) else _NOT_AUTHORISED

    def _may_send(self, event: evt.Event) -> bool:
        sender = event.assoc.requestor
        return self._peers.may_send(_asked(event).calling_ae_title, str(sender.address))


def _origin(event: evt.Event) -> str:
    return f"{_asked(event).calling_ae_title}@{event.assoc.requestor.address}"


def _asked(event: evt.Event) -> Any:
    """Returns the request for the association, which every acceptor has by the time of an event."""
    return event.assoc.requestor.primitive


class _Server(ThreadedAssociationServer):
    """Refuses strange addresses before a byte is read, and shakes hands in the connection's own thread."""

    daemon_threads = True

    def __init__(
        self, entity: AE, address: tuple[str, int], title: str, contexts: list[PresentationContext],
        tls: ssl.SSLContext | None, *, peers: Peers, log: EventLog, evt_handlers: list[Any],
    ) -> None:  # fmt: skip
        self._peers, self._log = peers, log
        super().__init__(entity, address, title, contexts, tls, evt_handlers)

    def end(self) -> None:
        """Takes no further connection; `shutdown` would look for the server where only `start_server` notes it."""
        socketserver.BaseServer.shutdown(self)
        self.server_close()

    def get_request(self) -> tuple[socket.socket, tuple[str, int]]:
        assert self.socket is not None
        connection, address = self.socket.accept()
        if self.ssl_context:
            # A peer that never answers would otherwise keep all others waiting.
            connection = self.ssl_context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
        return connection, address

    def verify_request(self, request: Any, client_address: Any) -> bool:
        allowed = self._peers.may_connect(client_address[0])
        if not allowed:
            self._log.write("not_authorised", origin=client_address[0])
        return allowed

    def finish_request(self, request: Any, client_address: Any) -> None:
        if isinstance(request, ssl.SSLSocket):
            request.settimeout(_HANDSHAKE_SECONDS)
            request.do_handshake()
            request.settimeout(None)
        super().finish_request(request, client_address)

    def handle_error(self, request: Any, client_address: Any) -> None:
        self._log.write("connection_failed", origin=client_address[0], error=type(sys.exception()).__name__)


def quieten_network() -> None:
    """Keeps pynetdicom from logging messages, which quote data sets."""
    quieten()
    logging.getLogger("pynetdicom").setLevel(logging.CRITICAL + 1)
    _config.LOG_HANDLER_LEVEL = "none"
