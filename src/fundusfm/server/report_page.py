"""The report of screened photographs: one HTML file in the look of every other report."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from importlib.metadata import version

import numpy as np
from numpy.typing import NDArray

from fundusfm.explain.overlay import overlay
from fundusfm.report.page import Fact, Facts, Picture, Prose, Section, Strip, render_page
from fundusfm.report.tables import PageCell, PageTable
from fundusfm.server.pictures import jpeg
from fundusfm.server.schemas import LabelFinding, Row
from fundusfm.server.service import Service
from fundusfm.server.views import View

STATUS = {
    "ok": "screened",
    "ungradable": "not gradable",
    "not_fundus": "not a fundus photograph",
    "failed": "could not be read",
}


EYES = {"right": "Right eye", "left": "Left eye"}
_TITLE = "Screening report"


@dataclass(frozen=True)
class ScreenedPhotograph:
    """A photograph's row, and where it was scored its crop and a map per label of interest."""

    row: Row
    view: View | None = None
    maps: dict[str, NDArray[np.float32]] = field(default_factory=dict)


def report_html(screened: Sequence[ScreenedPhotograph], service: Service, operating_point: str) -> str:
    """Returns the report as HTML, with the photographs of a person one after the other."""
    count = f"{len(screened)} photograph{'' if len(screened) == 1 else 's'}"
    when = datetime.now().astimezone().strftime("%d %B %Y, %H:%M %Z")
    people = {person: number for number, person in enumerate(dict.fromkeys(item.row.person for item in screened
                                                                           if item.row.person), 1)}  # fmt: skip
    # Those of nobody in particular come last.
    ordered = sorted(screened, key=lambda item: people.get(item.row.person, len(people) + 1))
    sections = [_section(number, item, people.get(item.row.person, 0)) for number, item in enumerate(ordered, 1)]
    return render_page(
        title=_TITLE, subtitle=f"{count}, {when}", sections=[*sections, _about(service, operating_point)]
    )


def report_frame(service: Service) -> str:
    """Returns a report without photographs, which the page fills with what it has."""
    return render_page(title=_TITLE, subtitle="-", sections=[_about(service, service.operating_point)])


def verdict(finding: LabelFinding) -> str:
    """Says on which side of the operating point a score lies."""
    if finding.score is None:
        return "not scored"
    if finding.decision is None:
        return "no operating point"
    return "at or above the operating point" if finding.decision else "below the operating point"


def _section(number: int, item: ScreenedPhotograph, person: int) -> Section:
    whose = [f"Person {person}"] if person else []
    whose += [EYES[item.row.eye]] if item.row.eye else []
    title = f"{', '.join(whose)}: {item.row.image}" if whose else item.row.image
    section = Section(f"photograph-{number}", title)
    if item.row.status != "ok":
        section.blocks.append(Prose([f"Not scored: {STATUS[item.row.status]}. {item.row.reason}"]))
        return section
    first, *others = item.row.findings
    section.blocks.append(Facts(_facts(first, item.row)))
    if item.view is not None:
        pictures = [Picture(jpeg(item.view.square), f"{item.row.image}, field of view", "Field of view")]
        for label, heat in item.maps.items():
            shown = jpeg(overlay(item.view.square, heat))
            pictures.append(Picture(shown, f"map of {label}", f"Evidence for {label} (Grad-CAM)"))
        section.blocks.append(Strip("The map shows what raised the score; it does not outline lesions.", pictures))
    if others:
        section.blocks.append(_others(others))
    if item.row.reason:
        section.blocks.append(Prose([item.row.reason]))
    return section


def _facts(finding: LabelFinding, row: Row) -> list[Fact]:
    point = finding.point
    facts = [
        Fact(finding.label, verdict(finding)),
        Fact("score", _number(finding.score), f"operating point {point.threshold:.3f}" if point else ""),
        Fact("calibrated risk", _percent(finding.probability)),
    ]
    if row.quality is not None:
        facts.append(Fact("quality", f"{row.quality:.2f}", "0 to 1"))
    return facts


def _others(findings: Sequence[LabelFinding]) -> PageTable:
    rows = [
        [PageCell(finding.label, numeric=False), PageCell(_number(finding.score)),
         PageCell(f"{finding.point.threshold:.3f}" if finding.point else "–"),
         PageCell(_percent(finding.probability)), PageCell(verdict(finding), numeric=False)]
        for finding in findings
    ]  # fmt: skip
    return PageTable(
        caption="Other labels", head=["label", "score", "operating point", "calibrated risk", ""], rows=rows
    )


def _about(service: Service, operating_point: str) -> Section:
    paragraphs = [f"Model {bundle.card.name}, weights SHA-256 {bundle.hash}." for bundle in service.bundles]
    paragraphs.append(f"FundusFM {version('fundusfm')}; decisions at the operating point '{operating_point}'.")
    for label in service.labels:
        if stored := service.point(label, operating_point):
            known = stored.sensitivity is not None and stored.specificity is not None
            paragraphs.append(f"{label}: the operating point is {stored.threshold:.3f}" + (
                f"; sensitivity {stored.sensitivity:.1%}, specificity {stored.specificity:.1%} on the predictions that "
                "chose it." if known else ", the mean of the models' own."))  # fmt: skip
    paragraphs.append(service.cards[0].intended_use)
    return Section("about", "About these results", [Prose(paragraphs)])


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{value:.1%}"
