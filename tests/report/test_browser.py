"""Pages as a browser shows them: no sideways scrolling, no request, every picture visible, contrast, print."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.chromium import CONTRAST, NEEDS_CHROMIUM

from fundusfm.report.page import Section, write_page
from fundusfm.report.read import read_run
from fundusfm.report.run_report import write_run_report
from fundusfm.report.tables import key_values, metric_tables, operating_point_table, subgroup_tables

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


_CLIPPED = """[...document.querySelectorAll('.table')].filter(box => box.scrollWidth > box.clientWidth)
    .map(box => box.getAttribute('aria-label'))"""
_BEYOND = """[...document.querySelectorAll('table')].filter(table => table.getBoundingClientRect().right > innerWidth)
    .map(table => table.caption.innerText)"""
_A4_WIDTH = 688  # pixels between the margins


def test_no_table_is_clipped(browser: Any, make_run: Callable[..., Path], tmp_path: Path) -> None:
    labels = ["abnormal", "Augenhintergrundspiegelungsbefundunauffaelligkeitsmerkmal" * 4]
    run = read_run(make_run(labels=labels, task="multilabel", by=["sex"], external=("rahim", "palm", "jsiec", "odir")))
    tables = [
        *metric_tables(run),
        operating_point_table(run),
        *subgroup_tables(run),
        key_values("Names.", {labels[1]: labels}),
    ]
    section = Section("tables", "Tables", [table for table in tables if table])
    path = write_page(tmp_path / "page.html", title="Tables", subtitle="", sections=[section])
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto(path.as_uri())
    assert page.evaluate(_CLIPPED) == []
    page.set_viewport_size({"width": _A4_WIDTH, "height": 900})
    page.emulate_media(media="print")
    assert page.evaluate(_BEYOND) == []
    page.close()


def test_page_prints(browser: Any, address: str) -> None:
    page = browser.new_page()
    page.goto(address)
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.querySelector('nav')).display") == "none"
    assert page.pdf(format="A4").startswith(b"%PDF")
    page.close()
