"""The service between real peers: Orthanc and dcmtk; and killed at random moments."""

import random
import shutil
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from pydicom import dcmread
from tests.deploy.environments import free_port
from tests.dicom_files import SYNTAXES, dicom_bytes, dicom_dataset
from tests.listen.process import ListenProcess
from tests.screening.orthanc import MISSING, PASSWORD, USER, Orthanc, running

import fundusfm
from fundusfm.data.fov.detect import CROP_VERSION
from fundusfm.listen.journal import StudyJournal
from fundusfm.models.card.schema import Card
from fundusfm.models.segmentation.bundle import save_segmenter
from fundusfm.models.segmentation.tiny import TinyVesselNet

_TOOLS = ("storescu", "storescp", "echoscu")
_REPORT, _CAPTURE, _PDF, _MASKS = (f"1.2.840.10008.5.1.4.1.1.{last}" for last in ("88.33", "7", "104.1", "66.4"))
_DCIODVFY = shutil.which("dciodvfy")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(MISSING is not None, reason=str(MISSING)),
    pytest.mark.skipif(
        any(shutil.which(tool) is None for tool in _TOOLS),
        reason="storescu, storescp or echoscu is not installed: apt-get install dcmtk",
    ),
]


def _classes(files: Sequence[bytes]) -> Counter[str]:
    return Counter(str(dcmread(BytesIO(file)).SOPClassUID) for file in files)


def _results(server: Orthanc) -> list[bytes]:
    files = [server.file(item["id"]) for item in server.instances()]
    return [file for file in files if dcmread(BytesIO(file), stop_before_pixels=True).Manufacturer == "FundusFM"]


def _storescu(port: int, *files: Path) -> bool:
    command = ["storescu", "-aet", "CAMERA", "-aec", "FUNDUSFM", "127.0.0.1", str(port), *map(str, files)]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


@pytest.fixture
def orthanc(tmp_path: Path) -> Iterator[tuple[Orthanc, int, int]]:
    """A server, its DICOM port, and the port of the service that it knows as the modality `fundusfm`."""
    dicom, ours = free_port(), free_port()
    (tmp_path / "orthanc").mkdir()
    settings = {
        "DicomServerEnabled": True,
        "DicomAet": "ORTHANC",
        "DicomPort": dicom,
        "DicomModalities": {"fundusfm": ["FUNDUSFM", "127.0.0.1", ours], "camera": ["CAMERA", "127.0.0.1", 9]},
    }
    with running(tmp_path / "orthanc", **settings) as server:
        yield server, dicom, ours


@pytest.fixture
def listen(tmp_path: Path) -> Iterator[Callable[..., ListenProcess]]:
    """Prepares the service on a port; it is ended with the test, if not before."""
    with ExitStack() as stack:
        yield lambda port, *options: stack.enter_context(ListenProcess(tmp_path, port, *options))


@pytest.fixture
def segmenter(tmp_path: Path) -> str:
    """An untrained segmenter of vessels."""
    card = Card(
        name="untrained", architecture="tiny", strategy="scratch", task="vessels", decoder="tiny", size=64,
        labels=["vessels"], mean=[0.5] * 3, std=[0.25] * 3, crop=CROP_VERSION,
    )  # fmt: skip
    save_segmenter(tmp_path / "segmenter", TinyVesselNet(), card)
    return str(tmp_path / "segmenter")


def test_orthanc_sends_and_gets_reports_back_both_ways(
    orthanc: tuple[Orthanc, int, int],
    listen: Callable[..., ListenProcess],
    tmp_path: Path,
    weights: str,
    segmenter: str,
    photo: np.ndarray,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    server, dicom, ours = orthanc
    monkeypatch.setenv("FUNDUSFM_PACS_USER", USER)
    monkeypatch.setenv("FUNDUSFM_PACS_PASSWORD", PASSWORD)
    for name in ("explicit", "jpeg", "jpeg-2000", "jpeg-ls"):
        server.upload(dicom_bytes(dicom_dataset(photo, entropy=f"a {name}"), SYNTAXES[name]))
    server.upload(dicom_bytes(dicom_dataset(np.ascontiguousarray(photo[..., 1]), entropy="b grey")))
    to = [f"dicom://ORTHANC@127.0.0.1:{dicom}", server.url]
    options = ["--weights", weights, "--label", "abnormal", "--structures", segmenter, "--quiet", "2"]
    service = listen(ours, *options, "--to", *to)
    service.start()
    service.ready()
    assert server.send("fundusfm")
    service.wait_for(lambda: service.count("delivered") == 2)
    results = _results(server)
    assert _classes(results) == {_REPORT: 5, _CAPTURE: 4, _MASKS: 4, _PDF: 2}
    assert server.send("fundusfm") is False  # reports are no photographs; images and overlays are answered with success
    assert service.count("received") == 5
    assert service.stop() == 0
    assert _classes(_results(server)) == {_REPORT: 5, _CAPTURE: 4, _MASKS: 4, _PDF: 2}
    table = fundusfm.listen(spool=str(service.spool), status=True)
    assert table[["state", "images", "results", "delivered"]].to_numpy().tolist() == [
        ["delivered", 4, 13, 26],
        ["delivered", 1, 2, 4],
    ]
    if _DCIODVFY is None:
        pytest.skip("dciodvfy is not installed: apt-get install dicom3tools")
    for number, content in enumerate(results):
        (tmp_path / f"{number}.dcm").write_bytes(content)
        said = subprocess.run([_DCIODVFY, str(tmp_path / f"{number}.dcm")], capture_output=True, text=True, check=False)
        assert "Error" not in said.stderr, said.stderr


def test_dcmtk_sends_and_gets_reports_back(
    listen: Callable[..., ListenProcess], tmp_path: Path, weights: str, photo: np.ndarray
) -> None:
    ours, archive, folder = free_port(), free_port(), tmp_path / "archive"
    folder.mkdir()
    receiving = subprocess.Popen(["storescp", "-aet", "ARCHIVE", "--output-directory", str(folder), str(archive)])
    to = f"dicom://ARCHIVE@127.0.0.1:{archive}"
    service = listen(ours, "--weights", weights, "--label", "abnormal", "--quiet", "1", "--to", to)
    try:
        service.start()
        service.ready()
        echo = ["echoscu", "-aet", "CAMERA", "-aec", "FUNDUSFM", "127.0.0.1", str(ours)]
        assert subprocess.run(echo, check=False).returncode == 0
        (tmp_path / "a.dcm").write_bytes(dicom_bytes(dicom_dataset(photo)))
        assert _storescu(ours, tmp_path / "a.dcm")
        service.wait_for(lambda: service.count("delivered") == 1)
        assert service.stop() == 0
    finally:
        receiving.terminate()
        receiving.wait()
    assert _classes([file.read_bytes() for file in folder.iterdir()]) == {_REPORT: 1, _CAPTURE: 1, _PDF: 1}


def test_kills_at_random_moments_lose_and_double_nothing(
    orthanc: tuple[Orthanc, int, int],
    listen: Callable[..., ListenProcess],
    tmp_path: Path,
    weights: str,
    photo: np.ndarray,
) -> None:
    server, dicom, ours = orthanc
    studies = [chr(ord("a") + number) for number in range(20)]
    files = {}
    for study in studies:
        for image in "12":
            file = tmp_path / f"{study}{image}.dcm"
            file.write_bytes(dicom_bytes(dicom_dataset(photo, entropy=study + image)))
            files.setdefault(study, []).append(file)
    service = listen(ours, "--weights", weights, "--quiet", "1", "--to", f"dicom://ORTHANC@127.0.0.1:{dicom}")

    def camera() -> None:
        for study in studies:
            while not _storescu(ours, *files[study]):
                time.sleep(0.3)

    chance = random.Random(0)
    sending = threading.Thread(target=camera)
    service.start()
    sending.start()
    kills = 0
    while sending.is_alive() or kills < 12:
        service.ready()
        done = len(service.events()) + chance.randint(1, 8)
        service.wait_for(lambda done=done: len(service.events()) >= done)  # type: ignore[misc]
        time.sleep(chance.uniform(0.0, 0.3))
        service.kill()
        kills += 1
        service.start()
    sending.join()
    service.ready()

    def all_delivered() -> bool:
        journal = StudyJournal(service.spool / "journal.sqlite")
        try:
            return [row["state"] for row in journal.table()] == ["delivered"] * len(studies)
        finally:
            journal.close()

    service.wait_for(all_delivered, patience=900)
    assert service.stop() == 0
    sources = [str(dcmread(file).SOPInstanceUID) for study in studies for file in files[study]]
    reports = [dcmread(BytesIO(file)) for file in _results(server)]
    about = Counter(
        str(report.CurrentRequestedProcedureEvidenceSequence[0].ReferencedSeriesSequence[0]
            .ReferencedSOPSequence[0].ReferencedSOPInstanceUID)
        for report in reports if report.SOPClassUID == _REPORT
    )  # fmt: skip
    assert about == Counter(sources)
    assert _classes(_results(server)) == {_REPORT: 40, _CAPTURE: 40, _PDF: 20}
    assert not [file for folder in ("received", "results") for file in (service.spool / folder).iterdir()]
