"""Without a token, only this machine's own names are answered.

A web page elsewhere can make its own name point to 127.0.0.1 and then read answers as its own (DNS rebinding); the
browser still sends that name.
"""

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]"})
_MISDIRECTED = 421


class LocalNames:
    """Refuses requests for any other host."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes a request on."""
        if scope["type"] == "http" and not is_local(Headers(scope=scope).get("host", "")):
            sentence = ("This server answers to localhost only: to serve others, set $FUNDUSFM_TOKEN; then it answers "
                        "to every name.")  # fmt: skip
            await JSONResponse({"error": sentence}, _MISDIRECTED)(scope, receive, send)
            return
        await self._app(scope, receive, send)


def is_local(host: str) -> bool:
    """Whether a Host header, with or without a port, names this machine."""
    name, _, port = host.rpartition(":")
    return host.lower() in _NAMES or (port.isdigit() and name.lower() in _NAMES)
