"""Structures in answers and reports: counts always, pictures on demand, none for what is refused."""

import base64
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from starlette.testclient import TestClient
from tests.screening.documents.test_pdf import text_of
from tests.server.conftest import form, uploads, wait_ready

from fundusfm.data.fov.crop import Crop
from fundusfm.data.fov.detect import FOV
from fundusfm.models.segmentation.structures import MASKS
from fundusfm.server.service import Service
from fundusfm.server.structures import shown_structures, structures_result
from fundusfm.structures.finder import AVR, AVR_REASON, FoundStructures
from fundusfm.structures.findings import LOOK_FIRST, TOO_MANY
from fundusfm.structures.layers import outlined


def _pixels(address: str) -> np.ndarray:
    content = np.frombuffer(base64.b64decode(address.partition(",")[2]), np.uint8)
    return np.asarray(cv2.imdecode(content, cv2.IMREAD_UNCHANGED))


def test_answers_and_reports_have_them(
    make_client: Callable[..., TestClient], with_structures: Service, photographs: list[Path], cat: bytes
) -> None:
    client = make_client(model=with_structures, undecoded=False)
    wait_ready(client)
    files = [*uploads(photographs[:1]), *form(("cat.png", cat))]
    answer: Any = client.post("/v1/predict", files=files).json()
    found, refused = (row["structures"] for row in answer["rows"])
    assert refused is None
    assert found["lesions"] == {"microaneurysms": 3, "haemorrhages": 2, "hard_exudates": 1, "soft_exudates": 0}
    assert found["avr"] is None and "needed" in found["avr_reason"]
    assert found["disc"] is True and found["model"] == "drawn" and found["layers"] == [] and found["crop"] == ""
    shown = client.post("/v1/predict?layers=true", files=files).json()["rows"][0]["structures"]
    assert _pixels(shown["crop"]).shape == (256, 256, 3)
    assert [layer["name"] for layer in shown["layers"]] == ["lesions", "vessels", "disc"]
    notes = [layer["note"] for layer in shown["layers"]]
    assert notes == [TOO_MANY, f"No arteriole-to-venule ratio: {found['avr_reason']}.", ""]
    lesions = _pixels(shown["layers"][0]["picture"])
    assert lesions.shape == (256, 256, 4) and 0 < (lesions[..., 3] > 0).mean() < 0.2
    models = client.get("/v1/models").json()
    assert models["structures"]["masks"] == list(MASKS) and models["structures"]["hash"] == "d" * 64
    html = client.post("/v1/report", files=files).text
    assert html.count('class="layer lesions"') == html.count('class="show-vessels"') == 1 and "<script" not in html
    assert "haemorrhages <b>2</b>" in html and TOO_MANY in html
    pdf = client.post("/v1/report", files=files, headers={"Accept": "application/pdf"}).content
    assert "haemorrhages 2" in text_of(pdf) and "Structures found by drawn" in text_of(pdf)
    fhir = client.post("/v1/report?pdf=false", files=files, headers={"Accept": "application/fhir+json"}).json()
    named = [entry["resource"].get("code", {}).get("text") for entry in fhir["entry"]]
    assert named.count("Number of haemorrhages") == 1


def test_the_picture_of_a_report_is_crop_and_layers_without_the_vessels(with_structures: Service) -> None:
    finder = with_structures.structures
    assert finder is not None
    square = np.full((256, 256, 3), 90, np.uint8)
    found = finder.find(square, Crop(FOV(128, 128, 128, True), 256), 256, 256)
    result = structures_result(shown_structures(found, finder, layers=True))
    assert result.picture is not None and result.lesions["haemorrhages"] == 2 and result.disc
    assert np.abs(result.picture.astype(int) - outlined(square, found.masks)).max() <= 3  # the crop went through JPEG
    assert structures_result(shown_structures(found, finder, layers=False)).picture is None


def test_a_ratio_is_not_left_alone(with_structures: Service) -> None:
    square = np.zeros((8, 8, 3), np.uint8)
    masks = {mask: np.zeros((8, 8), np.bool_) for mask in ("arteries", "veins")}
    assert with_structures.structures is not None
    found = FoundStructures(square, masks, {AVR: 0.6, AVR_REASON: ""})
    (vessels,) = shown_structures(found, with_structures.structures, layers=True).layers
    assert vessels.note == f"Arteriole-to-venule ratio 0.60. {LOOK_FIRST}"


def test_without_a_segmenter_there_are_none(client: TestClient, photographs: list[Path]) -> None:
    wait_ready(client)
    rows = client.post("/v1/predict?layers=true", files=uploads(photographs[:1])).json()["rows"]
    assert rows[0]["structures"] is None and client.get("/v1/models").json()["structures"] is None
