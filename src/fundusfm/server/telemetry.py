"""Prometheus metrics: requests, photographs, batches and the queue; never the name of a file."""

import time
from collections.abc import Callable, Sequence
from importlib.metadata import version

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Info, ProcessCollector, generate_latest
from starlette.types import ASGIApp, Receive, Scope, Send

from fundusfm.screening.referral import NO, NO_FUNDUS, TAKE_AGAIN, YES
from fundusfm.server.operation.answer import BUG, SentAnswer

_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
_SIZES = (1, 2, 4, 8, 16, 32, 64)
UNDECIDED = "none"
"""Decision of a model that has no rule."""


class Telemetry:
    """The metrics of one server.

    Attributes:
        in_flight: Requests that are being answered; only the event loop's thread changes it.
    """

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self.requests = Counter("fundusfm_requests_total", "Requests by path and status", ["path", "status"],
                                registry=self.registry)  # fmt: skip
        self.seconds = Histogram("fundusfm_request_seconds", "Time to the end of the answer", ["path"],
                                 buckets=_SECONDS, registry=self.registry)  # fmt: skip
        self.in_flight = 0
        running = Gauge("fundusfm_requests_running", "Requests that are being answered", registry=self.registry)
        running.set_function(lambda: self.in_flight)
        self.photographs = Counter("fundusfm_photographs_total", "Photographs by status of their row", ["status"],
                                   registry=self.registry)  # fmt: skip
        self.decisions = Counter("fundusfm_decisions_total", "Photographs by what is to be done, as refer in a row",
                                 ["refer"], registry=self.registry)  # fmt: skip
        for decision in (YES, NO, TAKE_AGAIN, NO_FUNDUS, UNDECIDED):
            self.decisions.labels(decision)
        self._build = Info("fundusfm_build", "What runs", registry=self.registry)
        self.batches = Histogram("fundusfm_batch_photographs", "Photographs per batch of the network", buckets=_SIZES,
                                 registry=self.registry)  # fmt: skip
        self.queue = Gauge("fundusfm_queue_photographs", "Photographs that were accepted and are not answered",
                           registry=self.registry)  # fmt: skip

    def runs(self, weights: Sequence[tuple[str, str]]) -> None:
        """Says which version and which weights run.

        Args:
            weights: Name and SHA-256 of each member of an ensemble.
        """
        self._build.info(
            {
                "version": version("fundusfm"),
                "weights": "+".join(name for name, _ in weights),
                "sha256": "+".join(digest for _, digest in weights),
            }
        )

    def watch_queue(self, waiting: Callable[[], int]) -> None:
        """Reads the queue's length whenever metrics are asked for."""
        self.queue.set_function(waiting)

    def text(self) -> bytes:
        """Returns all metrics in the text format of Prometheus."""
        return generate_latest(self.registry)


class Measured:
    """Counts and times the requests of an application."""

    def __init__(self, app: ASGIApp, telemetry: Telemetry) -> None:
        self._app = app
        self._telemetry = telemetry

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes a request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        answer, begin = SentAnswer(send), time.perf_counter()
        self._telemetry.in_flight += 1
        try:
            await self._app(scope, receive, answer.send)
        except Exception:
            answer.status = BUG  # answered further out
            raise
        finally:
            self._telemetry.in_flight -= 1
            # The route's own path: any other would let senders make up label values without end.
            path = getattr(scope.get("route"), "path", "other")
            self._telemetry.requests.labels(path, str(answer.status)).inc()
            self._telemetry.seconds.labels(path).observe(time.perf_counter() - begin)
