"""A line per request with its id, as text or JSON; never the name of a file or the content of a photograph."""

import json
import logging
import re
import time
import uuid
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, Literal
from urllib.parse import quote

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from fundusfm.server.operation.answer import BUG, SentAnswer

HEADER = "X-Request-ID"
CALLER = "fundusfm.caller"
"""Key of a request's scope: the name of the token that it carries."""

LogFormat = Literal["text", "json"]

_LOG = logging.getLogger("fundusfm.requests")
_ID = re.compile(r"[A-Za-z0-9_.:+/=-]{1,128}", re.ASCII)
_LONGEST_PATH = 200
_REQUEST: ContextVar[str] = ContextVar("request", default="")
_WELL = 200
_PROBES = ("healthz", "readyz", "metrics")


class RequestLog:
    """Gives every request an id (the sender's own, if it sends one), and logs how the request ended.

    The id is in the header `X-Request-ID` of the answer, and in every line that is logged meanwhile. Probes that find
    the server well are not logged: there is one every few seconds.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes a request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = Headers(scope=scope).get(HEADER, "")
        identity = given if _ID.fullmatch(given) else uuid.uuid4().hex
        # The server handles each request in a task, whose context ends with it; what it logs after an error has the id.
        _REQUEST.set(identity)
        answer, begin = SentAnswer(send), time.perf_counter()

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)[HEADER] = identity
            await answer.send(message)

        try:
            await self._app(scope, receive, send_with_id)
        except Exception:
            answer.status = BUG
            raise
        finally:
            if answer.status != _WELL or scope["path"].rpartition("/")[2] not in _PROBES:
                _write(scope, answer.status, time.perf_counter() - begin)


def request_id() -> str:
    """Returns the id of the request at hand; empty outside of requests."""
    return _REQUEST.get()


def _write(scope: Scope, status: int, seconds: float) -> None:
    client, caller = scope.get("client"), scope.get(CALLER, "")
    # Quoted, so that no address can begin a line of its own.
    fields = {
        "method": scope["method"],
        "path": quote(scope["path"])[:_LONGEST_PATH],
        "status": status,
        "seconds": round(seconds, 4),
        "client": client[0] if client else "",
        "token": caller,
    }
    said = "%(client)s %(method)s %(path)s %(status)d in %(seconds).3f s" + (" by %(token)s" if caller else "")
    _LOG.info(said, fields, extra={"fields": fields})


class RequestIds(logging.Filter):
    """Adds the id of the request at hand to what is logged."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Lets every record through."""
        identity = request_id()
        record.__dict__ |= {"request": identity, "request_note": f" [{identity}]" if identity else ""}
        return True


class JsonLines(logging.Formatter):
    """One JSON object a line: time, level, logger, message, request id, and what belongs to a request."""

    def format(self, record: logging.LogRecord) -> str:
        """Returns a record as a line."""
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if request := getattr(record, "request", ""):
            line["request_id"] = request
        line |= getattr(record, "fields", {})
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


def logging_config(form: LogFormat) -> dict[str, Any]:
    """Returns the configuration of a server's log, for `logging.config.dictConfig`."""
    text = "%(asctime)s %(levelname)s %(name)s: %(message)s%(request_note)s"
    formatter = {"()": JsonLines} if form == "json" else {"format": text}
    handler = {
        "class": "logging.StreamHandler",
        "stream": "ext://sys.stderr",
        "formatter": "line",
        "filters": ["request"],
    }
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"request": {"()": RequestIds}},
        "formatters": {"line": formatter},
        "handlers": {"stderr": handler},
        "root": {"level": "WARNING", "handlers": ["stderr"]},
        "loggers": {name: {"level": "INFO", "propagate": True} for name in ("fundusfm", "uvicorn")},
    }
