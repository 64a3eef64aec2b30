"""The report of screened photographs: one HTML file, with a block for each person that prints on one page of A4."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from importlib import resources

import numpy as np
from jinja2 import Environment, PackageLoader, StrictUndefined
from numpy.typing import NDArray

from fundusfm.explain.overlay import LEGEND, overlay
from fundusfm.report.page import LIMITS, Picture
from fundusfm.report.text import drawable
from fundusfm.screening.audit.trace import Trace
from fundusfm.screening.documents.outcome import kind_of
from fundusfm.screening.documents.results import ImageReference
from fundusfm.screening.documents.views import View
from fundusfm.screening.documents.words import (
    eye_in_doubt,
    label_result,
    number,
    point_title,
    prevalence_note,
    quality_word,
)
from fundusfm.screening.referral import NO
from fundusfm.server.about import about
from fundusfm.server.people import Person, people, summary
from fundusfm.server.pictures import heat_png, jpeg
from fundusfm.server.schemas import LabelFinding, LayerPart, Row
from fundusfm.server.service import Service
from fundusfm.structures.layers import VESSELS

_PLACE, _LIST = "<!--people-->", "<!--list-->"
"""Where the page puts the blocks that it has, and the list of people before them."""

_EYES = {"right": "Right eye", "left": "Left eye", "": "Photograph"}


@dataclass(frozen=True)
class ScreenedPhotograph:
    """A photograph's row; where it could be decoded its crop, and a map per label of interest; and which one it was.

    `patient` is the Patient ID of a DICOM header: to compare, not to show.
    """

    row: Row
    view: View | None = None
    maps: dict[str, NDArray[np.float32]] = field(default_factory=dict)
    trace: Trace = field(default_factory=Trace)
    reference: ImageReference | None = None
    patient: str = ""


@dataclass(frozen=True)
class _Layer:
    """A layer over a card's photograph: a `data:` address, what it shows, and whether it is shown at first."""

    name: str
    title: str
    picture: str
    parts: Sequence[LayerPart] = ()
    note: str = ""
    on: bool = True


@dataclass(frozen=True)
class _Label:
    """A line of the table of labels."""

    name: str
    score: str
    limit: str
    result: str
    passed: bool


@dataclass(frozen=True)
class _Card:
    """What a card shows; empty where the page fills it."""

    kind: str = "waiting"
    line: str = ""
    advice: str = ""
    reason: str = ""
    quality: str = ""
    name: str = ""
    pictures: Sequence[Picture] = ()
    layers: Sequence[_Layer] = ()
    legend: str = ""
    rows: Sequence[_Label] = ()
    calibrated: str = ""


@dataclass(frozen=True)
class _Block:
    """What a person's block shows; empty where the page fills it."""

    kind: str = ""
    title: str = ""
    outcome: str = ""
    detail: str = ""
    how: str = ""
    right: Sequence[_Card] = ()
    left: Sequence[_Card] = ()
    unknown: Sequence[_Card] = ()
    origin: str = ""


BLANK_CARD, BLANK_PERSON = _Card(), _Block()
"""What the page fills."""


def report_html(screened: Sequence[ScreenedPhotograph], service: Service, operating_point: str) -> str:
    """Returns the report as HTML, worst person first."""
    rows = [item.row for item in screened]
    when = datetime.now().astimezone()
    origin = (
        f"{about(service).named}, decided by: {point_title(operating_point, service.rule)}. {when:%d %B %Y}. {LIMITS}"
    )
    found = people(rows)
    blocks = [_block(person, screened, origin) for person in found]
    return _render(service, blocks, f"{_count(len(rows))}, {when:%d %B %Y, %H:%M %Z}", summary(found, len(rows)))


def report_frame(service: Service) -> str:
    """Returns a report without people, which the page fills with what it has."""
    html = _render(service, [], "", "")
    html = html.replace("  </section>", f"  {_LIST}</section>", 1)
    return html.replace('<div id="people">', f'<div id="people">{_PLACE}', 1)


def _render(service: Service, blocks: Sequence[_Block], subtitle: str, counts: str) -> str:
    template = environment().get_template("report.html.j2")
    return drawable(
        template.render(
            style=_style(), subtitle=subtitle, summary=counts, people=blocks, about=about(service), limits_text=LIMITS
        )
    )


def _block(person: Person, screened: Sequence[ScreenedPhotograph], origin: str) -> _Block:
    eyes: dict[str, list[_Card]] = {"right": [], "left": [], "": []}
    for place in person.places:
        eyes[screened[place].row.eye].append(_card(screened[place]))
    said = (person.kind, person.title, person.outcome, person.detail, person.how)
    return _Block(*said, eyes["right"], eyes["left"], eyes[""], origin)


def _card(item: ScreenedPhotograph) -> _Card:
    row, scored = item.row, item.row.status == "ok"
    name_of = {finding.label: finding.name for finding in row.findings}
    pictures, layers = [], _layers(item, name_of)
    if layers and row.structures is not None:
        pictures.append(Picture(row.structures.crop, f"{_EYES[row.eye]}, {row.image}"))
    elif item.view is not None:
        pictures.append(Picture(jpeg(item.view.square), f"{_EYES[row.eye]}, {row.image}"))
        pictures += [
            Picture(jpeg(overlay(item.view.square, heat)), f"Evidence for {name_of[label]}")
            for label, heat in item.maps.items()
        ]
    evidence = ", ".join(name_of[label] for label in item.maps)
    return _Card(
        kind=kind_of(row),
        line=row.verdict,
        advice=row.advice,
        reason=" ".join(filter(None, ("" if row.status == "ungradable" else row.reason, eye_in_doubt(row.eye_doubt)))),
        quality=quality_word(row.quality) if row.quality is not None and row.status != "failed" else "",
        name=row.image,
        pictures=pictures,
        layers=layers,
        legend=f"Evidence for {evidence}. {LEGEND}" if evidence else "",
        rows=_labels(row) if scored else [],
        calibrated=_calibrated(row) if scored and row.refer != NO else "",
    )


def _layers(item: ScreenedPhotograph, name_of: Mapping[str, str]) -> list[_Layer]:
    """Returns what lies over the photograph, the uppermost first; empty where no structures were looked for."""
    found = item.row.structures
    if found is None or not found.layers:
        return []
    shown = found.layers
    layers = [_Layer(one.name, one.title, one.picture, one.parts, one.note, one.name != VESSELS) for one in shown]
    heats = item.maps.items()
    return layers + [_Layer("evidence", f"Evidence for {name_of[label]}", heat_png(heat)) for label, heat in heats]


def _labels(row: Row) -> list[_Label]:
    lines = []
    for finding in row.findings:
        assert finding.score is not None
        decides = finding.point is not None and not finding.healthy
        passed = finding.label in row.labels
        limit = number(finding.point.threshold) if finding.point else "–"
        result = label_result(found=passed, decides=decides)
        lines.append((finding, _Label(finding.name, number(finding.score), limit, result, passed)))
    lines.sort(key=lambda pair: (pair[0].healthy, not pair[1].passed))
    return [line for _, line in lines]


def _calibrated(row: Row) -> str:
    main: LabelFinding = next((one for one in row.findings if one.label in row.labels[:1]), row.findings[0])
    return prevalence_note(main.name, main.probability, main.prevalence)


def _count(photographs: int) -> str:
    return f"{photographs} photograph{'' if photographs == 1 else 's'}"


@cache
def _style() -> str:
    sheets = (
        ("fundusfm.report", "templates/style.css"),
        ("fundusfm.server", "static/person.css"),
        ("fundusfm.server", "static/layers.css"),
    )
    return "\n".join(resources.files(package).joinpath(path).read_text(encoding="utf-8") for package, path in sheets)


@cache
def environment() -> Environment:
    """Returns what renders the server's templates."""
    return Environment(loader=PackageLoader("fundusfm.server"), autoescape=True, undefined=StrictUndefined,
                       trim_blocks=True, lstrip_blocks=True, auto_reload=False)  # fmt: skip
