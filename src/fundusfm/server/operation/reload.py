"""New weights for a running server, without losing a request."""

import asyncio
import logging
from collections.abc import Callable

from fundusfm.errors import FundusFMError
from fundusfm.screening.audit.log import AuditLog
from fundusfm.server.service import Service
from fundusfm.server.state import State

_LOG = logging.getLogger(__name__)

Load = Callable[[], tuple[Service, AuditLog | None]]
"""Loads the models, and opens the audit log under their names."""


class Reloader:
    """Loads models again while the present ones answer requests.

    Requests that are under way keep the models that they began with, so no answer mixes two. If the new models cannot
    be loaded, the present ones stay. Both are in memory until then.

    Args:
        state: State of the application.
        load: Loads what the server was started with, by the same paths and names.
    """

    def __init__(self, state: State, load: Load) -> None:
        self._state, self._load = state, load
        self._running = asyncio.Lock()

    async def __call__(self) -> bool:
        """Loads the models; a call that comes meanwhile waits, then loads them again.

        Returns:
            Whether the new models are in use.
        """
        async with self._running:
            _LOG.info("loading the weights again")
            try:
                service, audit_log = await asyncio.to_thread(self._load_warm)
            except FundusFMError as error:
                _LOG.error("the weights of before stay: %s", error)
                return False
            except Exception:  # noqa: BLE001 - a server must not end by what it was told to read
                _LOG.exception("the weights of before stay")
                return False
            # Without an await in between, so that no request sees one without the other.
            self._state.service, self._state.audit_log = service, audit_log
            self._state.telemetry.runs(service.weights)
            _LOG.info("now in use: %s", ", ".join(f"{name} {digest}" for name, digest in service.weights))
            return True

    def _load_warm(self) -> tuple[Service, AuditLog | None]:
        service, audit_log = self._load()
        for bundle in service.bundles:
            _ = bundle.engine  # opened here rather than for the first photograph
        return service, audit_log
