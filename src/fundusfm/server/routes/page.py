"""The web page: one template, style sheets and scripts, all from this package."""

from functools import cache
from importlib import resources

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse

from fundusfm.data.decode.image import KNOWN_FORMATS
from fundusfm.explain.overlay import LEGEND
from fundusfm.report.page import LIMITS
from fundusfm.screening.uncertain import HALF_WIDTH
from fundusfm.server.about import about, choices
from fundusfm.server.problems import NotFoundError
from fundusfm.server.report_page import BLANK_CARD, BLANK_PERSON, environment, report_frame
from fundusfm.server.state import state_of

_SCRIPTS = ("page.js", "requests.js", "cards.js", "people.js", "files.js", "report.js", "pdf.js", "pictures.js",
            "table.js", "zoom.js")  # fmt: skip
_STATIC = {
    # One look: the page begins with the style of the reports.
    "report.css": ("fundusfm.report", "templates/style.css", "text/css"),
    "person.css": ("fundusfm.server", "static/person.css", "text/css"),
    "page.css": ("fundusfm.server", "static/page.css", "text/css"),
    "layers.css": ("fundusfm.server", "static/layers.css", "text/css"),
    **{name: ("fundusfm.server", f"static/{name}", "text/javascript") for name in _SCRIPTS},
}
router = APIRouter(include_in_schema=False)


@router.get("/", response_class=HTMLResponse)
async def page(request: Request) -> str:
    """The page; it holds nothing that needs a token."""
    state = state_of(request)
    service = state.service
    return environment().get_template("page.html.j2").render(
        limits_text=LIMITS, limits=state.limits, needs_token=state.tokens is not None, formats=KNOWN_FORMATS,
        task=service.cards[0].task or "", labels=service.labels,
        structures=None if service.structures is None else service.structures.columns,
        segmenter=None if service.structures is None else [service.structures.name, service.structures.hash],
        both_eyes=all(card.both_eyes is not None for card in service.cards),
        about=about(service), points=choices(service), default=service.default,
        legend=LEGEND, half_width=HALF_WIDTH, blank_card=BLANK_CARD, blank_person=BLANK_PERSON,
    )  # fmt: skip


@router.get("/report-frame", response_class=HTMLResponse)
async def frame(request: Request) -> str:
    """A report without photographs; the page fills it with what it has, so nothing is sent or scored again."""
    return report_frame(state_of(request).service)


@router.get("/static/{name}")
async def static(name: str) -> Response:
    """A style sheet or the script."""
    if name not in _STATIC:
        raise NotFoundError(f"There is no file {name!r} here.")
    return Response(_content(name), media_type=_STATIC[name][2])


@router.get("/favicon.ico")
async def icon() -> Response:
    """No icon, without a message in every browser's console."""
    return Response(status_code=204)


@cache
def _content(name: str) -> bytes:
    package, path, _ = _STATIC[name]
    return resources.files(package).joinpath(path).read_bytes()
