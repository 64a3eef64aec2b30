"""The server under a path behind a proxy: page, assets, links and OpenAPI; and whose X-Forwarded-For is believed."""

import contextlib
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urljoin

import httpx2
import pytest
from tests.server.conftest import uploads, wait_ready

pytestmark = pytest.mark.slow

_PREFIX = "/eyes/screening"
_TOKENS = {"north": "token-of-the-northern-clinic", "south": "token-of-the-southern-clinic"}


class _Server:
    """A server in a process of its own, with tokens and a log of JSON lines."""

    def __init__(self, folder: Path, bundle: str) -> None:
        self.folder = folder
        (folder / "tokens").write_text("".join(f"{name}: {secret}\n" for name, secret in _TOKENS.items()))
        self.weights = folder / "current"
        self.weights.symlink_to(bundle)
        command = ["-m", "fundusfm", "serve", "--weights", str(self.weights), "--port", "0", "--log-format", "json"]
        command += ["--root-path", _PREFIX, "--trusted-proxies", "127.0.0.1", "--tokens", str(folder / "tokens")]
        command += ["--audit-log", str(folder / "audit.jsonl")]
        self.log = folder / "log"
        environment = {name: value for name, value in os.environ.items() if name != "FUNDUSFM_TOKEN"}
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, *command], stderr=log, stdin=subprocess.DEVNULL, env=environment
            )
        begin = time.monotonic()
        while not (found := re.search(r" at (http\S+) ", self.log.read_text())):
            assert self.process.poll() is None and time.monotonic() - begin < 120, self.log.read_text()
            time.sleep(0.1)
        self.address = found[1]
        wait_ready(self.address)

    def lines(self, key: str, value: object) -> list[dict[str, object]]:
        """Returns the lines of the log in which a key has a value."""
        plain = [line for line in self.log.read_text().splitlines() if line.startswith("{")]
        return [line for line in map(json.loads, plain) if line.get(key) == value]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, bundle: str) -> Iterator[_Server]:
    """A running server."""
    running = _Server(tmp_path_factory.mktemp("proxied"), bundle)
    yield running
    running.process.terminate()
    assert running.process.wait(60) == 0


@contextlib.contextmanager
def _stripping(address: str) -> Iterator[str]:
    """A proxy that cuts the prefix off, as nginx does with a slash behind the address."""

    class Handler(BaseHTTPRequestHandler):
        def _pass(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            assert self.path.startswith(f"{_PREFIX}/")
            headers = dict(self.headers) | {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https"}
            target = address.rstrip("/") + self.path.removeprefix(_PREFIX)
            answer = httpx2.request(self.command, target, content=body, headers=headers, timeout=60)
            self.send_response(answer.status_code)
            for name, value in answer.headers.items():
                if name not in ("content-length", "transfer-encoding", "date", "connection"):
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.content)))
            self.end_headers()
            self.wfile.write(answer.content)

        do_GET = do_POST = _pass

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    proxy = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=proxy.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{proxy.server_address[1]}{_PREFIX}/"
    proxy.shutdown()


@contextlib.contextmanager
def _nginx(address: str, folder: Path) -> Iterator[str]:
    """A real nginx with the locations of deploy/nginx.conf, without TLS."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    shipped = (Path(__file__).parents[3] / "deploy" / "nginx.conf").read_text()
    locations = shipped[shipped.index("    # As much as") : shipped.rindex("}")]
    locations = locations.replace("/screening", _PREFIX).replace("http://127.0.0.1:8000/", address)
    (folder / "nginx.conf").write_text(
        f"daemon off; pid {folder}/pid; error_log {folder}/error; events {{}}\n"
        f"http {{ access_log off; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;\n"
        f"fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;\n"
        f"server {{ listen 127.0.0.1:{port};\n{locations} }} }}\n"
    )
    process = subprocess.Popen(
        ["nginx", "-p", str(folder), "-c", str(folder / "nginx.conf")], stderr=subprocess.DEVNULL
    )
    try:
        for _ in range(1200):
            with contextlib.suppress(httpx2.ConnectError):
                httpx2.get(f"http://127.0.0.1:{port}/")
                break
            time.sleep(0.05)
        yield f"http://127.0.0.1:{port}{_PREFIX}/"
    finally:
        process.terminate()
        process.wait(60)


def _check_everything(base: str, photographs: list[Path]) -> None:
    """Follows every link of the page, and the addresses of the OpenAPI document, through a proxy."""
    page = httpx2.get(base)
    assert page.status_code == 200 and 'data-needs-token="yes"' in page.text
    links = re.findall(r'(?:href|src)="([^"#][^"]*)"', page.text)
    assert len(links) > 3
    for link in [*links, "report-frame", "favicon.ico"]:
        assert httpx2.get(urljoin(base, link)).status_code in (200, 204), link
    for script in (link for link in links if link.endswith(".js")):
        for imported in re.findall(r'from "([^"]+)"', httpx2.get(urljoin(base, script)).text):
            assert httpx2.get(urljoin(urljoin(base, script), imported)).status_code == 200
    description = httpx2.get(urljoin(base, "openapi.json")).json()
    assert description["servers"] == [{"url": _PREFIX}]
    assert f"{_PREFIX}/openapi.json" in httpx2.get(urljoin(base, "nowhere")).json()["error"]
    headers = {"Authorization": f"Bearer {_TOKENS['north']}"}
    address = urljoin(base, description["servers"][0]["url"] + "/v1/predict")
    answer = httpx2.post(address, files=uploads(photographs[:1]), headers=headers, timeout=60)
    assert answer.status_code == 200 and answer.json()["rows"][0]["status"] == "ok"


def test_all_is_right_behind_a_proxy_that_cuts_the_path_off(server: _Server, photographs: list[Path]) -> None:
    with _stripping(server.address) as base:
        _check_everything(base, photographs)
    lines = server.lines("path", "/v1/predict")
    assert lines[-1]["client"] == "203.0.113.9" and lines[-1]["token"] == "north"


def test_a_proxy_may_pass_the_path_on(server: _Server, photographs: list[Path]) -> None:
    _check_everything(server.address.rstrip("/") + f"{_PREFIX}/", photographs)


@pytest.mark.skipif(shutil.which("nginx") is None, reason="nginx is not installed: apt-get install nginx-light")
def test_the_shipped_configuration_of_nginx(server: _Server, photographs: list[Path], tmp_path: Path) -> None:
    with _nginx(server.address, tmp_path) as base:
        _check_everything(base, photographs)
        for probe in ("healthz", "metrics"):
            assert httpx2.get(base + probe).status_code == 404
        answer = httpx2.get(base, headers={"X-Request-ID": "made up by a sender"})
    assert re.fullmatch("[0-9a-f]{32}", answer.headers["x-request-id"])
    assert server.lines("request_id", answer.headers["x-request-id"])


def test_the_audit_log_names_the_token_and_no_secret(server: _Server, photographs: list[Path]) -> None:
    headers = {"Authorization": f"Bearer {_TOKENS['south']}"}
    address = f"{server.address}v1/predict"
    assert httpx2.post(address, files=uploads(photographs[:1]), headers=headers, timeout=60).status_code == 200
    lines = (server.folder / "audit.jsonl").read_text().splitlines()
    assert json.loads(lines[-1])["token"] == "south"
    written = "".join(lines) + server.log.read_text()
    assert not [secret for secret in _TOKENS.values() if secret in written]
    assert photographs[0].name not in written


def test_hang_up_loads_what_the_path_leads_to_now(server: _Server, tmp_path: Path) -> None:
    before = server.weights.readlink()
    shutil.copytree(before, tmp_path / "next")
    damaged = tmp_path / "damaged"
    shutil.copytree(before, damaged)
    (damaged / "card.json").write_text("{}")
    for target, said in ((tmp_path / "next", "now in use"), (damaged, "the weights of before stay")):
        count = server.log.read_text().count(said)
        server.weights.unlink()
        server.weights.symlink_to(target)
        server.process.send_signal(1)
        begin = time.monotonic()
        while server.log.read_text().count(said) == count:
            assert time.monotonic() - begin < 60
            assert httpx2.get(f"{server.address}readyz").status_code == 200
            time.sleep(0.1)
    headers = {"Authorization": f"Bearer {_TOKENS['south']}"}
    metrics = httpx2.get(f"{server.address}metrics", headers=headers).text
    assert re.search(r'fundusfm_build_info\{sha256="[0-9a-f]{64}",version="[^"]+",weights="tiny"\} 1.0', metrics)
    assert 'fundusfm_decisions_total{refer="none"}' in metrics
