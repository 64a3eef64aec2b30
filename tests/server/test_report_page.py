"""The report: what is said of a photograph that was scored, and of one that was not."""

import numpy as np

from fundusfm.server.report_page import ScreenedPhotograph, report_frame, report_html, verdict
from fundusfm.server.schemas import LabelFinding, Point, Row
from fundusfm.server.service import Service
from fundusfm.server.views import View

POINT = Point(name="youden", threshold=0.5, sensitivity=0.8, specificity=0.7)


def finding(label: str, score: float | None, decision: bool | None) -> LabelFinding:
    return LabelFinding(label=label, healthy=False, score=score, probability=score, decision=decision, point=POINT)


def row(**values: object) -> Row:
    """A row of the tiny model."""
    known = {"person": "", "model": "tiny", "sha256": "0" * 64, "operating_point": "youden", "code_version": "1"}
    return Row(**{**known, **values})


def test_verdicts() -> None:
    assert verdict(finding("a", None, None)) == "not scored"
    assert verdict(finding("a", 0.4, None)) == "no operating point"
    assert verdict(finding("a", 0.5, True)) == "at or above the operating point"
    assert verdict(finding("a", 0.4, False)) == "below the operating point"


def test_report_shows_scores_maps_and_reasons(service: Service) -> None:
    findings = [finding("abnormal", 0.912, True), finding("glaucoma", 0.25, False)]
    view = View(np.full((32, 32, 3), 90, np.uint8), circle=True)
    scored = ScreenedPhotograph(
        row(image="left.jpg", eye="left", person="a1", status="ok", reason="", quality=0.81, findings=findings),
        view,
        {"abnormal": np.eye(32, dtype=np.float32)},
    )
    refused = ScreenedPhotograph(
        row(image="cat.jpg", eye="", status="not_fundus", reason="hard contours", quality=0, findings=findings)
    )
    html = report_html([refused, scored], service, "youden")
    for text in (
        "Person 1, Left eye: left.jpg",
        service.bundles[0].hash,
        "2 photographs",
        ">cat.jpg<",
        "0.912",
        "91.2%",
        "0.81",
        "Evidence for abnormal",
        "glaucoma",
        "below the operating point",
        "not a fundus photograph. hard contours",
        "sensitivity 80.0%",
        "not a medical device",
    ):
        assert text in html
    assert html.count("<img") == 2
    assert html.index("Person 1") < html.index(">cat.jpg<")


def test_people_stay_apart(service: Service) -> None:
    eyes = [("a", "right"), ("b", "right"), ("a", "left"), ("b", "left")]
    rows = [row(image=f"{person}-{eye}", person=person, eye=eye, status="failed", reason="", quality=0, findings=[])
            for person, eye in eyes]  # fmt: skip
    html = report_html([ScreenedPhotograph(one) for one in rows], service, "youden")
    places = [html.rindex(f"{person}-{eye}") for person, eye in (eyes[0], eyes[2], eyes[1], eyes[3])]
    assert places == sorted(places)


def test_frame_has_no_photograph(service: Service) -> None:
    html = report_frame(service)
    assert "Screening report" in html and "<img" not in html and service.bundles[0].hash in html
