"""Without a token, no other web page may use the server through the browser of somebody who visits it.

Browsers say which page a request comes from (Fetch Metadata, and the Origin header of RFC 6454), and a page cannot
forge either. Programs other than browsers send neither, and are let in.
"""

from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

_FORBIDDEN = 403


class OwnPagesOnly:
    """Refuses requests that other web pages make."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes a request on."""
        if scope["type"] == "http" and comes_from_elsewhere(scope["method"], Headers(scope=scope)):
            sentence = (
                "This request comes from another web page: use the server's own page, or set $FUNDUSFM_TOKEN and send "
                "the token."
            )
            await JSONResponse({"error": sentence}, _FORBIDDEN)(scope, receive, send)
            return
        await self._app(scope, receive, send)


def comes_from_elsewhere(method: str, headers: Headers) -> bool:
    """Whether another web page makes a request; a link that is followed to the page is none."""
    site = headers.get("sec-fetch-site")
    if site is not None:
        followed = method == "GET" and headers.get("sec-fetch-mode") == "navigate"
        framed = headers.get("sec-fetch-dest") in ("iframe", "frame", "embed", "object")
        return site not in ("same-origin", "none") and (not followed or framed)
    origin = headers.get("origin")
    return origin is not None and urlsplit(origin).netloc.lower() != headers.get("host", "").lower()
