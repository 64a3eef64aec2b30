"""`fundusfm pacs` against a real Orthanc: found, scored, filed once, and gone on with."""

import os
import shutil
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator
from importlib.metadata import version
from io import BytesIO
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from pydicom import dcmread
from tests.dicom_files import PATIENT_ID, PATIENT_NAME, SYNTAXES, dicom_bytes, dicom_dataset
from tests.screening.orthanc import MISSING, PASSWORD, USER, Orthanc, running

import fundusfm
from fundusfm.cli import main
from fundusfm.errors import ConfigError, PacsError
from fundusfm.models.card.both_eyes import BothEyes, FellowWeights
from fundusfm.models.card.schema import Card
from fundusfm.screening.dicom.archive import Archive

_REPORT, _CAPTURE = "1.2.840.10008.5.1.4.1.1.88.33", "1.2.840.10008.5.1.4.1.1.7"
pytestmark = pytest.mark.skipif(MISSING is not None, reason=str(MISSING))


@pytest.fixture
def archive(tmp_path: Path, photo: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> Iterator[Orthanc]:
    """Two studies of one image per transfer syntax, one image of two frames, and a series of another modality."""
    monkeypatch.setenv("FUNDUSFM_PACS_USER", USER)
    monkeypatch.setenv("FUNDUSFM_PACS_PASSWORD", PASSWORD)
    folder = tmp_path / "orthanc"
    folder.mkdir()
    with running(folder) as server:
        for name in ("explicit", "jpeg", "jpeg-2000", "rle", "jpeg-ls"):
            server.upload(dicom_bytes(dicom_dataset(photo, entropy=f"a {name}"), SYNTAXES[name]))
        server.upload(
            dicom_bytes(
                dicom_dataset(
                    np.stack([photo, photo[::-1]]),
                    entropy="b",
                    NumberOfFrames=2,
                    StudyDate="20250102",
                    PatientID="OTHER",
                )
            )
        )
        server.upload(dicom_bytes(dicom_dataset(photo, entropy="c", Modality="US")))
        yield server


def _stored(server: Orthanc) -> Counter[str]:
    return Counter(str(dcmread(BytesIO(server.file(item["id"]))).SOPClassUID) for item in server.instances())


def test_round_trip_is_filed_once(
    archive: Orthanc, weights: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "results.csv"
    arguments = ["pacs", "--url", archive.url, "--weights", weights, "--out", str(out)]
    assert main(arguments) == 0
    table = pd.read_csv(out, keep_default_na=False)
    assert len(table) == 7
    assert set(table["status"]) == {"ok"}
    assert table[["model", "operating_point"]].drop_duplicates().to_numpy().tolist() == [["tiny", "youden"]]
    assert set(table["sha256"].str.len()) == {64} and set(table["code_version"]) == {version("fundusfm")}
    assert sorted(table["frame"]) == [1, 1, 1, 1, 1, 1, 2]
    stored = _stored(archive)
    assert (stored[_REPORT], stored[_CAPTURE]) == (6, 7)
    report = next(
        dataset
        for item in archive.instances()
        if (dataset := dcmread(BytesIO(archive.file(item["id"])))).SOPClassUID == _REPORT
    )
    sources = table[table["report"] == report.SOPInstanceUID]
    assert report.StudyInstanceUID == sources["study"].iloc[0]

    assert main(arguments) == 0
    assert _stored(archive) == stored
    assert pd.read_csv(out, keep_default_na=False).equals(table)
    printed = "".join(capfd.readouterr())
    assert "0 images screened, 6 had a report" in printed
    assert "of 7 photographs screened now: positive: " in printed and "; 7 ok" in printed
    assert not [secret for secret in (PATIENT_ID, *PATIENT_NAME.split("^"), PASSWORD) if secret in printed]


def test_stopped_run_goes_on_and_fills_gaps(
    archive: Orthanc, weights: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, stores = tmp_path / "results.csv", []
    original = Archive.store

    def stop_after_five(self: Archive, instances: list) -> None:  # type: ignore[type-arg]
        if len(stores) == 5:  # between the third image's overlay and its report
            raise KeyboardInterrupt
        stores.append(1)
        original(self, instances)

    monkeypatch.setattr(Archive, "store", stop_after_five)
    with pytest.raises(KeyboardInterrupt):
        fundusfm.pacs(url=archive.url, weights=weights, out=str(out))
    assert len(pd.read_csv(out)) >= 2
    monkeypatch.setattr(Archive, "store", original)
    returned = fundusfm.pacs(url=archive.url, weights=weights, out=str(out))
    table = pd.read_csv(out, keep_default_na=False)
    assert list(returned.columns) == list(table.columns)
    assert len(table) == len(returned) == 7
    assert set(table["status"]) == {"ok"}
    stored = _stored(archive)
    assert (stored[_REPORT], stored[_CAPTURE]) == (6, 7)


def test_refused_images_are_filed_once(archive: Orthanc, weights: str, tmp_path: Path, photo: np.ndarray) -> None:
    grey = np.ascontiguousarray(photo[..., 1])
    archive.upload(dicom_bytes(dicom_dataset(grey, entropy="grey", StudyDate="20250303")))
    arguments = {"url": archive.url, "weights": weights, "out": str(tmp_path / "r.csv"), "date": "20250303"}
    for _ in range(2):
        assert fundusfm.pacs(**arguments)["status"].tolist() == ["not_fundus"]  # type: ignore[arg-type]
        stored = _stored(archive)
        assert (stored[_REPORT], stored[_CAPTURE]) == (1, 0)


def test_filters_and_other_models(archive: Orthanc, weights: str, tmp_path: Path) -> None:
    def count(name: str, **options: object) -> int:
        fundusfm.pacs(
            url=archive.url, weights=weights, out=str(tmp_path / name), store=False, overlays=False, **options
        )  # type: ignore[arg-type]
        return len(pd.read_csv(tmp_path / name))

    assert count("a.csv", date="20250101-") == 2
    assert count("b.csv", date="20240501-20240531") == 5
    assert count("c.csv", patient="OTHER") == 2
    assert count("d.csv", study=str(dicom_dataset(np.zeros((8, 8), np.uint8)).StudyInstanceUID)) == 5
    assert count("e.csv", modality="US") == 1
    assert count("f.csv", modality="OPT") == 0
    assert not _stored(archive)[_REPORT]
    for name, point in (("g.csv", "youden"), ("h.csv", "screening")):
        table = fundusfm.pacs(
            url=archive.url, weights=weights, out=str(tmp_path / name), date="20250102", operating_point=point
        )
        assert set(table["operating_point"]) == {point} and set(table["status"]) == {"ok"}
    assert _stored(archive)[_REPORT] == 2


def test_unreadable_image_is_a_row_and_code_3(
    archive: Orthanc, weights: str, tmp_path: Path, photo: np.ndarray
) -> None:
    archive.upload(dicom_bytes(dicom_dataset(photo, entropy="bad", Rows=60000, Columns=60000)))
    arguments = ["pacs", "--url", archive.url, "--weights", weights, "--out", str(tmp_path / "r.csv"), "--no-overlays"]
    assert main(arguments) == 3
    table = pd.read_csv(tmp_path / "r.csv", keep_default_na=False)
    assert Counter(table["status"]) == {"ok": 7, "failed": 1}
    assert "60000 x 60000" in table[table["status"] == "failed"]["reason"].iloc[0]


def test_what_an_archive_says_becomes_a_sentence(
    archive: Orthanc,
    weights: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    arguments = {"weights": weights, "out": str(tmp_path / "r.csv"), "retries": 1, "timeout": 5.0}
    with pytest.raises(PacsError, match=r"answers 404|does not answer as DICOMweb"):
        fundusfm.pacs(url=f"{archive.root}/nowhere", **arguments)  # type: ignore[arg-type]
    assert fundusfm.pacs(url=archive.url, modality="OPT", date="2024-01-31", **arguments).empty  # type: ignore[arg-type]
    assert "no study that matches --modality OPT, --date 2024-01-31" in capfd.readouterr().err
    monkeypatch.setenv("FUNDUSFM_PACS_PASSWORD", "wrong")
    with pytest.raises(PacsError, match="answers 401: set FUNDUSFM_PACS_TOKEN"):
        fundusfm.pacs(url=archive.url, **arguments)  # type: ignore[arg-type]
    with pytest.raises(PacsError, match="cannot be reached") as raised:
        fundusfm.pacs(url="http://127.0.0.1:9/dicom-web", patient=PATIENT_ID, **arguments)  # type: ignore[arg-type]
    assert PATIENT_ID not in str(raised.value)
    with pytest.raises(ConfigError, match="begins with http"):
        fundusfm.pacs(url="archive.example", **arguments)  # type: ignore[arg-type]


def test_watching_screens_what_arrives_later(
    archive: Orthanc, weights: str, tmp_path: Path, photo: np.ndarray, capfd: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "results.csv"
    thread = threading.Thread(target=_arrive_and_stop, args=(archive, out, photo), daemon=True)
    thread.start()
    arguments = ["pacs", "--url", archive.url, "--weights", weights, "--out", str(out), "--date", "20240501-yesterday"]
    arguments += ["--no-overlays", "--watch", "0.002"]
    assert main(arguments) == 0
    thread.join(60)
    assert len(pd.read_csv(out)) == 8
    assert _stored(archive)[_REPORT] == 7
    printed = capfd.readouterr().err
    assert "of 7 photographs screened now" in printed and "of 1 photographs screened now" in printed


def _arrive_and_stop(archive: Orthanc, out: Path, photo: np.ndarray) -> None:
    """Adds a study once the first search is over, and ends the command once its row is written."""
    for rows in (7, 8):
        while not out.exists() or len(pd.read_csv(out)) < rows:
            time.sleep(0.05)
        if rows == 7:
            archive.upload(dicom_bytes(dicom_dataset(photo, entropy="late")))
    os.kill(os.getpid(), signal.SIGTERM)


def test_an_eye_that_comes_later_is_scored_with_its_fellow(
    archive: Orthanc, photo: np.ndarray, weights: str, tmp_path: Path
) -> None:
    paired = tmp_path / "paired"
    shutil.copytree(weights, paired)
    card = Card.read(paired / "card.json")
    term = FellowWeights(own=1.0, fellow=1.0, bias=0.0, temperature=1.0, shift=0.0)
    card.model_copy(update={"both_eyes": BothEyes(weights={"abnormal": term}, eyes=10)}).write(paired / "card.json")

    def upload(eye: str, image: np.ndarray) -> None:
        archive.upload(dicom_bytes(dicom_dataset(image, entropy=eye, ImageLaterality=eye, StudyInstanceUID="1.2.3")))

    def screen(weights: str, name: str) -> pd.DataFrame:
        out = str(tmp_path / name)
        return fundusfm.pacs(url=archive.url, weights=weights, study="1.2.3", out=out, overlays=False)

    upload("R", photo)
    assert screen(str(paired), "a.csv")["fellow"].isna().all()
    upload("L", photo[:, ::-1])
    found = screen(str(paired), "b.csv").set_index("eye")
    own = screen(weights, "c.csv").set_index("eye")["abnormal.score"].astype(float)
    joined = 1 / (1 + np.exp(-np.log(own / (1 - own)).sum()))
    assert np.isclose(float(found.loc["left", "abnormal.score"]), joined, atol=1e-4)
