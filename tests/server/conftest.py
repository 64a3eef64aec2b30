"""A tiny model, generated photographs, and servers of both."""

import io
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

import httpx2
import numpy as np
import pytest
import skimage.data
import torch
import uvicorn
from fastapi import FastAPI
from PIL import Image
from starlette.testclient import TestClient
from tests.structures.drawn import segmenter_of_shapes

import fundusfm
from fundusfm.models.card.schema import OperatingPoint
from fundusfm.models.network import attach_head
from fundusfm.models.start import start_network
from fundusfm.models.trainable import save_bundle
from fundusfm.server.app import create_app
from fundusfm.server.decoding.jobs import UploadFrame
from fundusfm.server.load import load_service
from fundusfm.server.protection.drain import DrainingServer
from fundusfm.server.protection.limits import Limits
from fundusfm.server.protection.tokens import Tokens
from fundusfm.server.service import Service

Serve = Callable[..., str]
"""Starts a server and returns its address."""

LABELS = ["abnormal", "glaucoma"]


@pytest.fixture(scope="session")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A bundle of two labels with random weights and operating points."""
    torch.manual_seed(0)
    start = start_network("scratch", backbone="mobilenetv2_035", size=64)
    attach_head(start.network, len(LABELS))
    point = OperatingPoint(threshold=0.5, sensitivity=0.8, specificity=0.7)
    screening = OperatingPoint(threshold=0.1, sensitivity=0.95, specificity=0.4)
    card = start.card.model_copy(
        update={
            "labels": LABELS,
            "task": "multilabel",
            "name": "tiny",
            "operating_points": {label: {"youden": point, "screening": screening} for label in LABELS},
        }
    )
    path = tmp_path_factory.mktemp("bundles") / "tiny"
    save_bundle(path, start.network, card)
    return str(path)


@pytest.fixture(scope="session")
def service(bundle: str) -> Service:
    """The bundle, loaded as the server does."""
    return load_service([bundle], tta=False, operating_point="youden")


@pytest.fixture
def with_structures(bundle: str, monkeypatch: pytest.MonkeyPatch) -> Service:
    """The bundle beside a segmenter of drawn shapes."""
    monkeypatch.setattr("fundusfm.models.segmentation.load.load_segmenter", lambda *_, **__: segmenter_of_shapes())
    return load_service([bundle], tta=False, operating_point="youden", structures="drawn")


@pytest.fixture(scope="session")
def photographs(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Four generated photographs that are sharp enough to be graded."""
    out = tmp_path_factory.mktemp("server") / "photographs"
    fundusfm.synth(out=str(out), count=4, size=256, seed=5, workers=1)
    return sorted((out / "images").iterdir())


@pytest.fixture(scope="session")
def cat() -> bytes:
    """A picture of a cat, as PNG."""
    return png(skimage.data.chelsea())


@pytest.fixture
def make_client(service: Service) -> Iterator[Callable[..., TestClient]]:
    """Makes clients of servers with limits, a token, or another service."""
    clients: list[TestClient] = []

    def make(
        *, token: str | None = None, model: Service | None = None, undecoded: bool = True, **limits: Any
    ) -> TestClient:
        decoded = model is None or not undecoded
        app = make_app(model or service, token=token, decoded=decoded, **limits)
        clients.append(TestClient(app, raise_server_exceptions=False).__enter__())
        return clients[-1]

    yield make
    for client in clients:
        client.__exit__(None, None, None)


@pytest.fixture
def client(make_client: Callable[..., TestClient]) -> TestClient:
    """A client of a server with the usual limits."""
    return make_client()


@pytest.fixture
def serve(service: Service) -> Iterator[Callable[..., str]]:
    """Starts servers on a free port of this machine, and returns their addresses."""
    running: list[tuple[uvicorn.Server, threading.Thread]] = []

    def start(*, token: str | None = None, model: Service | None = None, undecoded: bool = True, **limits: Any) -> str:
        app = make_app(model or service, token=token, decoded=model is None or not undecoded, **limits)
        config = uvicorn.Config(app, host="127.0.0.1", port=0, log_level="warning", http="h11", ws="none")
        server = DrainingServer(config, app.state.fundusfm, patience=10)
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.01)
        running.append((server, thread))
        return f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}/"

    yield start
    for server, thread in running:
        server.should_exit = True
        thread.join()


class Undecoded:
    """Stands in for the decoding processes: uploads reach the screening as they are."""

    alive, longest_wait = 1, 0.0

    def start(self) -> None:
        pass

    async def stop(self) -> None:
        pass

    async def prepare(
        self, upload: Any, sizes: Any, *, admit: Callable[[int], None], traced: bool = False
    ) -> list[Any]:
        admit(1)
        return [(UploadFrame(upload.name), SimpleNamespace(name=upload.name, trace=None))]


def make_app(service: Service, *, token: str | None, decoded: bool = True, **limits: Any) -> FastAPI:
    """Makes an application with one decoding process, or none."""
    tokens = None if token is None else Tokens(secret=token)
    app = create_app(service, limits=Limits(**{"decoders": 1, **limits}), tokens=tokens)
    if not decoded:
        app.state.fundusfm.decoders = Undecoded()
    return app


class GatedScreening:
    """Answers only once the gate is opened; counts what it saw."""

    def __init__(self) -> None:
        self.gate = threading.Event()
        self.batches: list[int] = []

    sizes: ClassVar[list[int]] = [64]

    def screen_prepared(self, photographs: Sequence[Any]) -> list[dict[str, Any]]:
        self.batches.append(len(photographs))
        assert self.gate.wait(30)
        return [{"image": photograph.name, "status": "failed", "reason": "gated"} for photograph in photographs]


@pytest.fixture
def gated(service: Service) -> Iterator[tuple[GatedScreening, Service]]:
    """A service that waits for a gate."""
    screening = GatedScreening()
    yield screening, Service(screening, service.bundles, operating_point="youden", thresholds={})
    screening.gate.set()


def wait_ready(server: TestClient | str) -> None:
    """Waits until the decoding processes of a server have started."""
    ask = partial(httpx2.get, f"{server}readyz") if isinstance(server, str) else partial(server.get, "/readyz")
    begin = time.monotonic()
    while ask().status_code != 200:
        assert time.monotonic() - begin < 60
        time.sleep(0.05)


def png(image: np.ndarray) -> bytes:
    """Encodes a picture."""
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "PNG")
    return buffer.getvalue()


def form(*files: tuple[str, bytes]) -> list[tuple[str, tuple[str, bytes, str]]]:
    """Returns named files as the parts of a request."""
    return [("files", (name, content, "application/octet-stream")) for name, content in files]


def uploads(paths: list[Path]) -> list[tuple[str, tuple[str, bytes, str]]]:
    """Returns files as the parts of a request."""
    return form(*((path.name, path.read_bytes()) for path in paths))


_PATIENCE = 60_000  # milliseconds; other work may share the machine


@pytest.fixture
def open_page(browser: Any) -> Iterator[Callable[..., Any]]:
    """Opens pages that may print nothing to the console and load nothing from elsewhere."""
    opened: list[tuple[Any, list[str], list[str]]] = []

    def open_one(address: str, **options: Any) -> Any:
        page = browser.new_page(**options)
        page.set_default_timeout(_PATIENCE)
        problems: list[str] = []
        elsewhere: list[str] = []
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("console", lambda message: problems.append(message.text))
        local = address.split("#")[0]
        page.on("request", lambda request: elsewhere.append(request.url)
                if not request.url.startswith((local, "data:", "blob:")) else None)  # fmt: skip
        page.goto(address)
        opened.append((page, problems, elsewhere))
        return page

    yield open_one
    for page, problems, elsewhere in opened:
        page.close()
        # A refused request is logged by the browser itself.
        assert [text for text in problems if "Failed to load resource" not in text] == []
        assert elsewhere == []
