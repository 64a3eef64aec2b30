"""A stand-in for the Hub on loopback: repositories in memory, and what huggingface_hub needs to write and read them."""

import base64
import hashlib
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote, urlsplit

TOKEN = "hf_standin"


@dataclass
class Repository:
    """Files of one commit after the other, by commit."""

    private: bool
    commits: dict[str, dict[str, bytes]] = field(default_factory=dict)

    @property
    def head(self) -> str:
        """The latest commit."""
        return list(self.commits)[-1]

    def commit(self, files: dict[str, bytes]) -> str:
        """Adds a commit with these files and returns its name."""
        name = hashlib.sha1(f"{len(self.commits)}".encode()).hexdigest()
        self.commits[name] = files
        return name


@dataclass
class Hub:
    """The running stand-in."""

    address: str
    repositories: dict[str, Repository]
    requests: list[str]

    @property
    def environment(self) -> dict[str, str]:
        """Variables with which a process uses this Hub."""
        return {"HF_ENDPOINT": self.address, "HF_TOKEN": TOKEN, "HF_HUB_DISABLE_TELEMETRY": "1"}


@contextmanager
def serve_hub() -> Iterator[Hub]:
    """Runs a stand-in on a free port."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    hub = Hub(f"http://127.0.0.1:{server.server_port}", {}, [])
    server.hub = hub  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: Any) -> None:
        """Keeps the requests for the tests instead of printing them."""

    def _route(self) -> None:
        hub: Hub = self.server.hub  # type: ignore[attr-defined]
        path = unquote(urlsplit(self.path).path)
        hub.requests.append(f"{self.command} {path}")
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        signed = self.headers.get("Authorization") == f"Bearer {TOKEN}"
        if self.command == "POST" and not signed:
            return self._answer(401, {"error": "Invalid username or password."})
        if path == "/api/repos/create":
            return self._create(hub, json.loads(body))
        if path == "/api/validate-yaml":
            return self._answer(200, {"errors": [], "warnings": []})
        if match := re.fullmatch(r"/api/models/([^/]+/[^/]+)(?:/(revision|tree|preupload|commit)/(\S+))?", path):
            name, kind, revision = match.groups()
        elif match := re.fullmatch(r"/([^/]+/[^/]+)/(resolve)/([^/]+)/(.+)", path):
            name, kind, revision = match.groups()[:3]
        else:
            return self._answer(404, {"error": "not found"})
        repository = hub.repositories.get(name)
        if repository is None or (repository.private and not signed):
            return self._answer(404, {"error": "Repository not found"}, {"X-Error-Code": "RepoNotFound"})
        if kind == "preupload":
            files = [
                {"path": file["path"], "uploadMode": "regular", "shouldIgnore": False}
                for file in json.loads(body)["files"]
            ]
            return self._answer(200, {"files": files})
        if kind == "commit":
            return self._commit(hub, name, repository, body)
        commit = repository.head if revision in (None, "main") else revision
        if commit not in repository.commits:
            return self._answer(404, {"error": "Invalid rev id"}, {"X-Error-Code": "RevisionNotFound"})
        content = repository.commits[commit]
        if kind == "resolve":
            return self._file(commit, content.get(match.group(4)))
        if kind == "tree":
            return self._answer(
                200,
                [
                    {"type": "file", "path": file, "size": len(data), "oid": _blob(data)}
                    for file, data in content.items()
                ],
            )
        return self._answer(
            200,
            {
                "id": name,
                "modelId": name,
                "sha": commit,
                "private": repository.private,
                "siblings": [{"rfilename": file} for file in content],
                "tags": [],
            },
        )

    do_GET = do_HEAD = do_POST = _route

    def _create(self, hub: Hub, body: dict[str, Any]) -> None:
        name = f"{body['organization']}/{body['name']}"
        if name in hub.repositories:
            return self._answer(409, {"error": "You already created it", "url": f"{hub.address}/{name}"})
        repository = hub.repositories[name] = Repository(
            body.get("visibility") == "private" or body.get("private", False)
        )
        repository.commit({".gitattributes": b"*.safetensors filter=lfs\n"})
        return self._answer(200, {"url": f"{hub.address}/{name}", "name": name})

    def _commit(self, hub: Hub, name: str, repository: Repository, body: bytes) -> None:
        files = dict(repository.commits[repository.head])
        for line in body.splitlines():
            item = json.loads(line)
            if item["key"] == "file":
                files[item["value"]["path"]] = base64.b64decode(item["value"]["content"])
            elif item["key"] == "deletedFile":
                del files[item["value"]["path"]]
        commit = repository.commit(files)
        self._answer(
            200,
            {
                "commitUrl": f"{hub.address}/{name}/commit/{commit}",
                "commitOid": commit,
                "success": True,
                "hookOutput": "",
            },
        )

    def _file(self, commit: str, data: bytes | None) -> None:
        headers = {"X-Repo-Commit": commit}
        if data is None:
            return self._answer(404, {"error": "Entry not found"}, headers | {"X-Error-Code": "EntryNotFound"})
        return self._send(200, data, headers | {"ETag": f'"{_blob(data)}"', "Content-Type": "application/octet-stream"})

    def _answer(self, status: int, content: Any, headers: dict[str, str] | None = None) -> None:
        self._send(status, json.dumps(content).encode(), {"Content-Type": "application/json"} | (headers or {}))

    def _send(self, status: int, data: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in ({"Content-Length": str(len(data))} | headers).items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)


def _blob(data: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()
