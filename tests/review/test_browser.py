"""A whole session in a real browser: two readers by keyboard and by hand, undo, a disagreement settled, the export."""

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from tests.chromium import CONTRAST, NEEDS_CHROMIUM

import fundusfm
from fundusfm.review.app import create_review_app
from fundusfm.review.desk import Desk
from fundusfm.review.record import ReviewRecord

pytestmark = NEEDS_CHROMIUM

_TOKEN = "a token of enough characters"


@pytest.fixture
def address(start: Callable[..., ReviewRecord]) -> Iterator[str]:
    """A review of one doubtful and one ungradable photograph, served with a token."""
    app = create_review_app(Desk(start(reasons=["doubtful", "ungradable"], control=0)), token=_TOKEN)
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="warning", http="h11", ws="none"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}/#token={_TOKEN}"
    server.should_exit = True
    thread.join()


@pytest.fixture
def enter(browser: Any, address: str) -> Iterator[Callable[..., Any]]:
    """Opens the page as a reader; it may print nothing to the console and load nothing from elsewhere."""
    problems: list[str] = []
    pages = []

    def begin(name: str, **options: Any) -> Any:
        page = browser.new_page(**options)
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("console", lambda message: problems.append(message.text))
        page.on("request", lambda request: problems.append(request.url)
                if not request.url.startswith((address.split("#")[0], "blob:", "data:")) else None)  # fmt: skip
        page.goto(address)
        page.wait_for_function("document.activeElement.id === 'name'")
        page.keyboard.type(name)
        page.keyboard.press("Enter")
        page.locator(".active img[src]").wait_for()
        pages.append(page)
        return page

    yield begin
    for page in pages:
        page.close()
    assert problems == []


def test_a_session(enter: Callable[..., Any], tmp_path: Path) -> None:
    page = enter("anna", viewport={"width": 1280, "height": 800})
    assert _TOKEN not in page.url
    assert page.locator("#grade-title").inner_text() == "Photograph 1, left eye"
    assert page.locator("figcaption").all_inner_texts() == ["Right eye", "Left eye: grade this one"]
    assert "0.05" not in page.content() and "doubts" not in page.inner_text("main")
    page.keyboard.press("1")
    page.keyboard.press("Shift+2")
    page.keyboard.press("q")
    page.keyboard.press("q")
    assert page.locator(".label").first.locator("[aria-pressed=true]").inner_text() == "yes"
    assert page.locator(".label").nth(1).locator("[aria-pressed=true]").inner_text() == "?"
    colour = page.locator(".active img").get_attribute("src")
    page.keyboard.press("r")
    page.wait_for_function("before => document.querySelector('.active img').getAttribute('src') !== before", arg=colour)
    page.keyboard.press("+")
    assert "scale(1.4)" in page.locator(".active img").get_attribute("style")
    page.keyboard.press("f")
    assert "scale(1)" in page.locator(".active img").get_attribute("style")
    page.keyboard.press("c")
    page.keyboard.type("zq1 is text here")
    page.keyboard.press("Escape")
    page.keyboard.press("Enter")
    page.locator("#revealed").wait_for()
    assert "an audit doubts its labels" in page.inner_text("#revealed") and "0.05" in page.inner_text("#revealed")
    assert "cannot tell" in page.inner_text("#revealed table")
    assert page.inner_text("#done-text") == "1 of 2 read"
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Photograph 2, right eye").wait_for()
    page.keyboard.press("z")
    page.get_by_role("heading", name="Photograph 1, left eye").wait_for()
    assert page.locator("#comment").input_value() == "zq1 is text here"
    assert page.inner_text("#done-text") == "0 of 2 read"
    _save_and_go_on(page)
    page.keyboard.press("n")
    page.keyboard.press("q")
    _save_and_go_on(page)
    page.get_by_text("You have read all photographs.").wait_for()

    other = enter("bert", viewport={"width": 820, "height": 1180}, has_touch=True)
    other.get_by_role("group", name="Any abnormality").get_by_role("button", name="no", exact=True).tap()
    other.get_by_role("button", name="No to the rest").tap()
    other.get_by_role("button", name="ungradable").tap()
    other.get_by_role("button", name="Save").tap()
    other.locator("#revealed").wait_for()
    assert other.evaluate("document.documentElement.scrollWidth <= innerWidth")
    other.get_by_role("button", name="Disagreements 1").tap()
    other.get_by_role("heading", name="Disagreement on photograph 1, left eye").wait_for()
    assert "anna: Any abnormality, glaucoma?; usable – zq1 is text here" in other.inner_text("#votes")
    other.keyboard.press("1")
    other.keyboard.press("n")
    other.get_by_role("button", name="usable", exact=True).tap()
    _save_and_go_on(other)
    other.get_by_text("No disagreement is left").wait_for()

    found = fundusfm.export_review(folder=str(tmp_path))
    assert found.consensus["abnormal"][0] == "1" and found.consensus["abnormal.how"][0] == "adjudicated"
    assert found.times["photographs"].tolist() == [1, 1]  # Anna's second grade of photograph 1 came after the scores
    assert (found.times["median"] >= 0).all()  # in tenths of a second


def test_nothing_is_chosen_before_the_reader_chooses(enter: Callable[..., Any]) -> None:
    page = enter("anna")
    chosen = page.locator(".grade [aria-pressed=true]")
    assert chosen.count() == 0
    page.keyboard.press("Enter")
    page.get_by_text("Not saved yet: answer Any abnormality, glaucoma, the quality.").wait_for()
    page.keyboard.press("2")
    page.keyboard.press("n")
    assert chosen.all_inner_texts() == ["no", "yes"]
    page.get_by_text("Not saved yet: answer the quality.").wait_for()
    page.keyboard.press("Enter")
    assert page.inner_text("#done-text") == "0 of 2 read"
    page.keyboard.press("q")
    page.locator("#notice").wait_for(state="hidden")
    _save_and_go_on(page)
    assert page.inner_text("#done-text") == "1 of 2 read" and chosen.count() == 0


def test_a_file_that_goes_away_is_passed_over_without_its_name(enter: Callable[..., Any]) -> None:
    page = enter("anna")
    page.evaluate("""() => {
        const real = window.fetch;
        window.fetch = (path, options) => String(path).includes("picture")
            ? Promise.resolve(new Response('{"error": "This photograph cannot be opened."}', {status: 404}))
            : real(path, options);
    }""")
    for _ in range(3):
        page.keyboard.press("r")
    page.locator(".active.failed").wait_for()
    caption = page.locator(".active figcaption")
    assert caption.inner_text() == "Left eye: This photograph cannot be opened. Enter goes on without it."
    assert page.locator(".active img").is_hidden()
    page.keyboard.press("n")
    page.keyboard.press("q")
    page.keyboard.press("Enter")
    assert page.inner_text("#done-text") == "0 of 2 read" and page.locator("#revealed").is_hidden()


def _save_and_go_on(page: Any) -> None:
    page.locator(".active img[src]").wait_for()
    page.keyboard.press("Enter")
    page.locator("#revealed").wait_for()
    page.keyboard.press("Enter")
    page.locator("#revealed").wait_for(state="hidden")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_can_be_read(enter: Callable[..., Any], scheme: str) -> None:
    page = enter("anna", color_scheme=scheme)
    page.keyboard.press("1")
    page.keyboard.press("n")
    page.keyboard.press("q")
    assert page.evaluate(CONTRAST) == []
    page.keyboard.press("Enter")
    page.locator("#revealed").wait_for()
    assert page.evaluate(CONTRAST) == []
