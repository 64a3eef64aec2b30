"""A real Orthanc with its DICOMweb plugin on loopback, in a folder of its own."""

import json
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests
from tests.deploy.environments import free_port

USER, PASSWORD = "reader", "secret-of-tests"
_PLUGIN = next(
    (
        path
        for folder in ("/usr/share/orthanc/plugins", "/usr/lib/orthanc")
        for path in sorted(Path(folder).glob("libOrthancDicomWeb.so*"))
    ),
    None,
)
ORTHANC = shutil.which("Orthanc")
MISSING = (
    None
    if ORTHANC and _PLUGIN
    else ("Orthanc or its DICOMweb plugin is not installed: apt-get install orthanc orthanc-dicomweb")
)


class Orthanc:
    """A running server."""

    def __init__(self, port: int) -> None:
        self.root = f"http://127.0.0.1:{port}"
        self.url = f"{self.root}/dicom-web"

    def upload(self, content: bytes) -> None:
        """Adds a DICOM file as a camera would."""
        answer = requests.post(f"{self.root}/instances", data=content, auth=(USER, PASSWORD), timeout=30)
        assert answer.status_code == 200, answer.text

    def instances(self) -> list[dict[str, str]]:
        """Returns the main tags of everything stored."""
        found = requests.get(f"{self.root}/instances?expand", auth=(USER, PASSWORD), timeout=30).json()
        return [item["MainDicomTags"] | {"id": item["ID"]} for item in found]

    def send(self, modality: str) -> bool:
        """Sends all it has to a modality by C-STORE, and returns whether that worked."""
        everything = [item["id"] for item in self.instances()]
        address = f"{self.root}/modalities/{modality}/store"
        return requests.post(address, json={"Resources": everything}, auth=(USER, PASSWORD), timeout=120).ok

    def file(self, identifier: str) -> bytes:
        """Returns a stored file."""
        return requests.get(f"{self.root}/instances/{identifier}/file", auth=(USER, PASSWORD), timeout=30).content

    def delete(self, identifier: str) -> None:
        """Removes a stored file."""
        requests.delete(f"{self.root}/instances/{identifier}", auth=(USER, PASSWORD), timeout=30)


@contextmanager
def running(folder: Path, **settings: Any) -> Iterator[Orthanc]:
    """Starts a server that asks for a password, and ends it; settings are added to those of DICOMweb alone."""
    port = free_port()
    config: dict[str, Any] = {
        "Name": "tests",
        "StorageDirectory": str(folder / "storage"),
        "IndexDirectory": str(folder / "storage"),
        "HttpPort": port,
        "HttpBindAddresses": ["127.0.0.1"],
        "DicomServerEnabled": False,
        "RemoteAccessAllowed": False,
        "AuthenticationEnabled": True,
        "RegisteredUsers": {USER: PASSWORD},
        "Plugins": [str(_PLUGIN)],
        "DicomWeb": {"Enable": True, "Root": "/dicom-web/"},
        **settings,
    }
    (folder / "orthanc.json").write_text(json.dumps(config))
    with (folder / "orthanc.log").open("wb") as log:
        process = subprocess.Popen([str(ORTHANC), str(folder / "orthanc.json")], stdout=log, stderr=log, cwd=folder)
    try:
        server = Orthanc(port)
        _wait(server, process, folder / "orthanc.log")
        yield server
    finally:
        process.terminate()
        process.wait(timeout=30)


def _wait(server: Orthanc, process: "subprocess.Popen[bytes]", log: Path) -> None:
    for _ in range(480):
        assert process.poll() is None, log.read_text(encoding="utf-8", errors="replace")[-2000:]
        try:
            if requests.get(f"{server.root}/system", auth=(USER, PASSWORD), timeout=5).ok:
                return
        except requests.ConnectionError:
            pass
        time.sleep(0.25)
    raise AssertionError(f"Orthanc did not answer: {log.read_text(encoding='utf-8', errors='replace')[-2000:]}")
