"""Pages as a browser shows them: no sideways scrolling, no request, every picture visible, contrast, print."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.chromium import CONTRAST, NEEDS_CHROMIUM

from fundusfm.report.run_report import write_run_report

pytestmark = NEEDS_CHROMIUM


@pytest.fixture(scope="module")
def address(make_run: Callable[..., Path]) -> str:
    """A report with tables too wide for a telephone."""
    return write_run_report(make_run(labels=["glaucoma", "cataract"], task="multilabel", by=["sex"])).as_uri()


@pytest.mark.parametrize(("width", "scheme"), [(360, "light"), (1280, "dark"), (3840, "light")])
def test_page_fits_and_reads(browser: Any, address: str, width: int, scheme: str) -> None:
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    requests: list[str] = []
    problems: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.on("console", lambda message: problems.append(message.text))
    page.goto(address)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert [url for url in requests if not url.startswith("data:")] == [address]
    assert problems == []
    assert page.evaluate("[...document.images].every(image => image.complete && image.naturalWidth > 0)")
    assert page.evaluate(CONTRAST) == []
    page.close()


def test_page_prints(browser: Any, address: str) -> None:
    page = browser.new_page()
    page.goto(address)
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.querySelector('nav')).display") == "none"
    assert page.pdf(format="A4").startswith(b"%PDF")
    page.close()
