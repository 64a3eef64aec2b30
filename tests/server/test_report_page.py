"""The report: what is said of a photograph that was scored, and of one that was not."""

from typing import Any

import numpy as np
from tests.server.test_people import row

from fundusfm.screening.documents.views import View
from fundusfm.server.report_page import ScreenedPhotograph, report_frame, report_html
from fundusfm.server.schemas import LabelFinding, Point
from fundusfm.server.service import Service

POINT = Point(name="youden", threshold=0.5, sensitivity=0.8, specificity=0.7)


def finding(label: str, name: str, score: float, **values: Any) -> LabelFinding:
    known: dict[str, Any] = {"healthy": False, "probability": score, "prevalence": None, "decision": score >= 0.5,
                             "uncertain": False, "point": POINT}  # fmt: skip
    return LabelFinding(label=label, name=name, score=score, **{**known, **values})


def test_report_shows_verdict_evidence_and_reasons(service: Service) -> None:
    findings = [finding("G", "Glaucoma", 0.912, prevalence=0.04), finding("C", "Cataract", 0.25),
                finding("N", "Normal", 0.7, healthy=True)]  # fmt: skip
    scored = ScreenedPhotograph(
        row("left.jpg", "yes", "left", person="a1", labels=["G"], verdict="Refer: signs of glaucoma", quality=0.81,
            findings=findings),
        View(np.full((32, 32, 3), 90, np.uint8), circle=True),
        {"G": np.eye(32, dtype=np.float32)},
    )  # fmt: skip
    refused = ScreenedPhotograph(
        row("cat.jpg", "not_fundus", status="not_fundus", reason="hard contours", quality=0,
            verdict="Not a fundus photograph", advice="Was another picture chosen by mistake?"),
        View(np.full((32, 32, 3), 20, np.uint8), circle=False),
    )  # fmt: skip
    html = report_html([refused, scored], service, "youden")
    for text in (
        "2 photographs",
        ">Person 1<",
        "Refer: left eye",
        "Refer: signs of glaucoma",
        "Evidence for Glaucoma. Cyan",
        ">good<",
        "0.912",
        "below",
        "Probability of Glaucoma: 91 %, if 4 % of all photographs show it",
        ">cat.jpg<",
        "Was another picture chosen by mistake?",
        "hard contours",
        service.bundles[0].hash,
        "each label at its best balance (Youden)",
        "not a medical device",
    ):
        assert text in html, text
    assert html.count("<img") == 3
    assert html.index("Person 1") < html.index(">cat.jpg<")
    assert "No photograph" in html and "<script" not in html and "<button" not in html and 'src="data:' in html


def test_a_no_has_no_probability(service: Service) -> None:
    findings = [finding("G", "Glaucoma", 0.4, prevalence=0.52)]
    healthy = ScreenedPhotograph(row("a.jpg", findings=findings, verdict="No sign found"))
    assert "Probability of Glaucoma" not in report_html([healthy], service, "youden")


def test_names_are_text(service: Service) -> None:
    html = report_html([ScreenedPhotograph(row("<b>x.png", "take_again", status="failed"))], service, "youden")
    assert "<b>x" not in html and "&lt;b&gt;x.png" in html


def test_frame_has_no_photograph(service: Service) -> None:
    html = report_frame(service)
    assert "Screening report" in html and "<img" not in html and service.bundles[0].hash in html
    assert html.count("<!--people-->") == 1
