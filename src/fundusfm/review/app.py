"""The web application of a review: the page, the pictures, and the grades."""

import asyncio
from dataclasses import asdict
from functools import cache
from importlib import resources
from importlib.metadata import version
from typing import Annotated

from fastapi import APIRouter, Depends, FastAPI, Query, Request, Response
from fastapi.responses import HTMLResponse
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.middleware.trustedhost import TrustedHostMiddleware

from fundusfm.models.card.label_names import known_names, name_of
from fundusfm.report.page import LIMITS
from fundusfm.review.consensus.votes import Opinion
from fundusfm.review.desk import Desk
from fundusfm.review.pictures import View
from fundusfm.review.record import ADJUDICATION, QUALITIES, ReviewPhotograph
from fundusfm.review.schemas import (
    Graded,
    GradeGiven,
    LabelName,
    Next,
    Revealed,
    ReviewProgress,
    Sight,
    Task,
    UndoAsked,
    Undone,
    Vote,
    WorkItem,
)
from fundusfm.server.handlers import LOCAL_NAMES, add_handlers
from fundusfm.server.problems import NotFoundError, RequestError
from fundusfm.server.protection.access import check_token
from fundusfm.server.protection.headers import SecurityHeaders
from fundusfm.server.protection.origin import OwnPagesOnly

_STATIC = {
    "report.css": ("fundusfm.report", "templates/style.css", "text/css"),
    "review.css": ("fundusfm.review", "static/review.css", "text/css"),
    "review.js": ("fundusfm.review", "static/review.js", "text/javascript"),
    "viewer.js": ("fundusfm.review", "static/viewer.js", "text/javascript"),
}
_BEARER = HTTPBearer(auto_error=False, description="The token that the review was started with, if any")


def create_review_app(desk: Desk, *, token: str | None, local_only: bool = False) -> FastAPI:
    """Returns the application.

    Args:
        desk: The review.
        token: What requests must carry; None for nothing.
        local_only: Answer only under this machine's own names.
    """
    app = FastAPI(title="FundusFM review", version=version("fundusfm"), docs_url=None, redoc_url=None)
    app.state.desk, app.state.token = desk, token
    app.include_router(_work)
    app.include_router(_page)
    add_handlers(app)
    if token is None:
        app.add_middleware(OwnPagesOnly)
    if local_only:
        # A web page elsewhere can make its own name point to 127.0.0.1 (DNS rebinding); browsers still send that name.
        app.add_middleware(TrustedHostMiddleware, allowed_hosts=LOCAL_NAMES, www_redirect=False)
    app.add_middleware(SecurityHeaders)
    return app


def _authorized(
    request: Request, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)]
) -> Desk:
    check_token(request.app.state.token, credentials.credentials if credentials else None)
    desk: Desk = request.app.state.desk
    return desk


Authorized = Annotated[Desk, Depends(_authorized)]
ReaderName = Annotated[str, Query(alias="reader", min_length=1, max_length=60)]

_work = APIRouter(prefix="/v1")
_page = APIRouter(include_in_schema=False)


@_work.get("/next")
def next_item(desk: Authorized, reader: ReaderName, task: Task = "read") -> Next:
    """The next photograph to read, or the next disagreement to settle."""
    return Next(item=_next(desk, reader, task), progress=_progress(desk, reader))


@_work.get("/photographs/{number}/picture", response_class=Response)
async def show(desk: Authorized, number: int, view: View = "colour") -> Response:
    """A photograph as JPEG."""
    found = _known(desk, number)
    content = await asyncio.to_thread(desk.picture, found, view)
    if content is None:  # without the file's name, which a reader may not see before the grade
        raise NotFoundError("This photograph cannot be opened.")
    return Response(content, media_type="image/jpeg")


@_work.post("/grades")
def grade(desk: Authorized, given: GradeGiven) -> Graded:
    """Keeps a grade; the answer tells what the table says, and comes once the grade is on the disk."""
    found = _known(desk, given.photograph)
    if not found.listed.reason:
        raise RequestError("This photograph is not among those to be read.")
    if desk.picture(found) is None:
        raise RequestError("This photograph cannot be opened, so it cannot be graded; it is left out of the review.")
    if set(given.labels) != set(desk.labels):
        raise RequestError(f"A grade has a value for each label: {', '.join(desk.labels)}; null where nobody can tell.")
    number = desk.record.add(
        given.photograph, given.reader, given.labels, quality=given.quality, comment=given.comment,
        seconds=given.seconds, adjudication=given.task == "adjudicate",
    )  # fmt: skip
    one = found.listed
    revealed = Revealed(
        image=one.image, reason=one.reason, given=one.given, scores=one.scores, note=one.row.get("reasons", "")
    )
    return Graded(grade=number, revealed=revealed, progress=_progress(desk, given.reader))


@_work.post("/undo")
def undo(desk: Authorized, asked: UndoAsked) -> Undone:
    """Takes a reader's latest grade back, and returns its photograph to be graded again."""
    last = desk.record.undo(asked.reader)
    if last is None:
        return Undone(item=None, task="read", grade=None, progress=_progress(desk, asked.reader))
    task: Task = "adjudicate" if last.kind == ADJUDICATION else "read"
    opinion = next((said for one, said in desk.disagreements() if one.id == last.photograph), None)
    before = GradeGiven.model_validate(
        {"photograph": last.photograph, "reader": last.reader, "task": task, "labels": last.labels,
         "quality": last.quality, "comment": last.comment, "seconds": last.seconds}
    )  # fmt: skip
    item = _item(desk, _known(desk, last.photograph), opinion if task == "adjudicate" else None)
    return Undone(item=item, task=task, grade=before, progress=_progress(desk, asked.reader))


def _next(desk: Desk, reader: str, task: Task) -> WorkItem | None:
    if task == "adjudicate":
        found = next((one for one in desk.disagreements() if desk.picture(one[0])), None)
        return _item(desk, *found) if found else None
    photograph = desk.next_to_read(reader)
    return _item(desk, photograph) if photograph else None


def _item(desk: Desk, photograph: ReviewPhotograph, opinion: Opinion | None = None) -> WorkItem:
    sights = [
        Sight(id=one.id, eye=one.listed.eye, active=one.id == photograph.id) for one in desk.of_person(photograph)
    ]
    votes = [
        Vote(reader=name, labels=said.labels, quality=said.quality, comment=said.comment)
        for name, said in (opinion.votes if opinion else {}).items()
    ]
    return WorkItem(photograph=photograph.id, sights=sights, votes=votes)


def _known(desk: Desk, number: int) -> ReviewPhotograph:
    found = desk.record.photograph(number)
    if found is None:
        raise NotFoundError(f"There is no photograph {number} in this review.")
    return found


def _progress(desk: Desk, reader: str) -> ReviewProgress:
    return ReviewProgress(**asdict(desk.progress(reader)))


@_page.get("/", response_class=HTMLResponse)
def page(request: Request) -> str:
    """The page; it holds nothing that needs a token."""
    return _templates().get_template("review.html.j2").render(
        limits=LIMITS, qualities=QUALITIES, needs_token=request.app.state.token is not None,
    )  # fmt: skip


@_work.get("/labels")
def labels(desk: Authorized) -> list[LabelName]:
    """The labels to grade."""
    names = known_names(desk.labels)
    return [LabelName(label=label, name=name_of(label, names)) for label in desk.labels]


@_work.get("/left-out")
def left_out(desk: Authorized) -> list[str]:
    """Names of the photographs whose files cannot be opened, as far as that is known; nobody grades them."""
    return [one.listed.image for one in desk.left_out()]


@_page.get("/static/{name}")
def static(name: str) -> Response:
    """A style sheet or a script."""
    if name not in _STATIC:
        raise NotFoundError(f"There is no file {name!r} here.")
    package, path, kind = _STATIC[name]
    return Response(resources.files(package).joinpath(path).read_bytes(), media_type=kind)


@_page.get("/favicon.ico")
def icon() -> Response:
    """No icon, without a message in every browser's console."""
    return Response(status_code=204)


@cache
def _templates() -> Environment:
    return Environment(loader=PackageLoader("fundusfm.review"), autoescape=True, undefined=StrictUndefined,
                       trim_blocks=True, lstrip_blocks=True, auto_reload=False)  # fmt: skip
