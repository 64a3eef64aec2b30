"""The review's interface: what it tells, and to whom."""

import io
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from starlette.testclient import TestClient
from tests.review.conftest import give

from fundusfm.config.serve import ReviewConfig
from fundusfm.review.app import create_review_app
from fundusfm.review.desk import Desk
from fundusfm.review.review import start_record

_TOKEN = "a token of enough characters"


@pytest.fixture
def client(desk: Desk) -> TestClient:
    return TestClient(create_review_app(desk, token=None), raise_server_exceptions=False)


def _grade(photograph: int = 1, **changes: object) -> dict[str, object]:
    return {"photograph": photograph, "reader": "anna", "labels": {"abnormal": 1, "glaucoma": None},
            "quality": "usable", "comment": "", "seconds": 3, **changes}  # fmt: skip


def test_nothing_is_told_before_the_grade(client: TestClient) -> None:
    found = client.get("/v1/next", params={"reader": "anna"})
    assert found.json()["item"]["sights"] == [
        {"id": 2, "eye": "right", "active": False}, {"id": 1, "eye": "left", "active": True},
    ]  # fmt: skip
    assert not [word for word in ("0.05", ".png", "doubtful", "given") if word in found.text]
    answer = client.post("/v1/grades", json=_grade()).json()
    assert answer["revealed"]["scores"] == {"abnormal": 0.05, "glaucoma": 0.05}
    assert answer["revealed"]["reason"] == "listed" and "0.93" in answer["revealed"]["note"]
    assert answer["progress"]["read"] == 1


def test_undo_gives_the_grade_back(client: TestClient) -> None:
    assert client.post("/v1/undo", json={"reader": "anna"}).json()["item"] is None
    client.post("/v1/grades", json=_grade())
    found = client.post("/v1/undo", json={"reader": "anna"}).json()
    assert found["item"]["photograph"] == 1 and found["grade"]["labels"] == {"abnormal": 1, "glaucoma": None}
    assert found["progress"]["read"] == 0


def test_votes_are_shown_to_who_settles(client: TestClient, desk: Desk) -> None:
    give(desk, 3, "anna", 1)
    give(desk, 3, "bert", 0, comment="clear")
    item = client.get("/v1/next", params={"reader": "carla", "task": "adjudicate"}).json()["item"]
    assert item["photograph"] == 3
    assert [(vote["reader"], vote["labels"]["abnormal"]) for vote in item["votes"]] == [("anna", 1), ("bert", 0)]
    client.post("/v1/grades", json=_grade(3, reader="carla", task="adjudicate"))
    assert client.get("/v1/next", params={"reader": "carla", "task": "adjudicate"}).json()["item"] is None
    back = client.post("/v1/undo", json={"reader": "carla"}).json()
    assert back["task"] == "adjudicate" and len(back["item"]["votes"]) == 2


def test_a_file_that_cannot_be_opened_is_left_out_and_named(results: Path, tmp_path: Path) -> None:
    table = pd.read_csv(results, dtype=str)
    torn = tmp_path / "torn.jpg"
    torn.write_bytes(b"garbage")
    table.loc[0, "image"], table.loc[1, "image"] = str(torn), "gone.jpg"
    table.to_csv(results, index=False)
    record = start_record(ReviewConfig(source=str(results), out=str(tmp_path / "r"), reasons=["all"], control=0))
    client = TestClient(create_review_app(Desk(record), token=None), raise_server_exceptions=False)
    assert client.get("/v1/left-out").json() == ["gone.jpg"]
    first = client.get("/v1/next", params={"reader": "anna"})
    assert first.json()["item"]["photograph"] == 3
    progress = first.json()["progress"]
    assert (progress["photographs"], progress["left_out"]) == (10, 2)
    assert client.get("/v1/left-out").json() == [str(torn), "gone.jpg"]
    for number in (1, 2):
        shown = client.get(f"/v1/photographs/{number}/picture")
        assert shown.status_code == 404 and shown.json()["error"] == "This photograph cannot be opened."
        refused = client.post("/v1/grades", json=_grade(number))
        assert refused.status_code == 422 and "cannot be graded" in refused.json()["error"]
    assert record.grades() == []


def test_pictures_in_colour_and_red_free(client: TestClient) -> None:
    colour, red_free = (
        np.asarray(Image.open(io.BytesIO(client.get(f"/v1/photographs/1/picture?view={view}").content)))
        for view in ("colour", "red-free")
    )
    assert colour.ndim == 3 and red_free.ndim == 2 and colour.shape[:2] == red_free.shape


@pytest.mark.parametrize(
    ("body", "status", "sentence"),
    [
        (_grade(99), 404, "no photograph 99"),
        (_grade(labels={"abnormal": 1}), 422, "a value for each label: abnormal, glaucoma"),
        (_grade(labels={"abnormal": 2, "glaucoma": 0}), 422, "labels.abnormal"),
        (_grade(reader=" "), 422, "reader"),
        (_grade(quality="excellent"), 422, "quality"),
    ],
)
def test_wrong_grades_are_refused_with_a_sentence(
    client: TestClient, body: dict[str, object], status: int, sentence: str
) -> None:
    answer = client.post("/v1/grades", json=body)
    assert answer.status_code == status and sentence in answer.json()["error"]


def test_the_token_is_asked_for(desk: Desk) -> None:
    client = TestClient(create_review_app(desk, token=_TOKEN))
    for path in ("/v1/labels", "/v1/next?reader=anna", "/v1/photographs/1/picture"):
        assert client.get(path).status_code == 401
    assert client.post("/v1/grades", json=_grade()).status_code == 401
    assert client.get("/").status_code == 200 and "abnormal" not in client.get("/").text
    found = client.get("/v1/labels", headers={"Authorization": f"Bearer {_TOKEN}"})
    assert found.json()[0] == {"label": "abnormal", "name": "Any abnormality"}


def test_other_pages_are_kept_out(client: TestClient) -> None:
    answer = client.post("/v1/grades", json=_grade(), headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403
    assert "default-src 'none'" in client.get("/").headers["Content-Security-Policy"]
