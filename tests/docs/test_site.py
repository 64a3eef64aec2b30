"""The site: it builds strictly, holds every command, and opens from the disk without a network, narrow and wide."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.chromium import CONTRAST, NEEDS_CHROMIUM

from fundusfm.commands.table import COMMANDS, public_functions
from fundusfm.error_codes import CODES

pytest.importorskip("material", reason="the extra [docs] is not installed")

_ROOT = Path(__file__).resolve().parent.parent.parent
_FITS = """() => document.documentElement.scrollWidth <= innerWidth
    && [...document.querySelectorAll('.md-content table, .md-content pre, .md-content img')].every(element => {
         const box = (element.closest('.md-typeset__scrollwrap, .highlight') || element).getBoundingClientRect();
         return box.left >= -1 && box.right <= innerWidth + 1;
       })"""


def _fits(page: Any) -> bool:
    """Whether nothing is cut off or makes the page scroll sideways, once its layout has settled."""
    from playwright.sync_api import TimeoutError as StillUnfit

    try:
        page.wait_for_function(_FITS, timeout=30_000)
    except StillUnfit:
        return False
    return True


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site as `make docs` builds it, where a warning is an error."""
    out = tmp_path_factory.mktemp("site")
    result = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(out)],
        cwd=_ROOT,
        env=os.environ | {"NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    return out


def test_the_reference_holds_every_command_and_every_function(site: Path) -> None:
    commands = (site / "reference" / "commands.html").read_text(encoding="utf-8")
    headings = re.findall(r"<h2 id=\"([^\"]+)\"", commands)
    assert headings == [f"fundusfm-{command.name.replace(' ', '-')}" for command in COMMANDS]
    python = (site / "reference" / "python.html").read_text(encoding="utf-8")
    for name in public_functions():
        assert re.search(rf"<h2 [^>]*>\s*fundusfm\.{name}\b", python), name


def test_options_are_described_as_they_are_typed(site: Path) -> None:
    page = (site / "reference" / "commands.html").read_text(encoding="utf-8")
    assert "<code>--imagenet-weights FILE</code>" in page
    assert "<code>--strategy {scratch,imagenet,fundus,imagenet+fundus}</code> (required)" in page
    assert "<code>--seed N</code> (default 0)" in page
    assert "<code>PATH...</code>" in page


def test_every_error_code_has_a_row(site: Path) -> None:
    page = (site / "reference" / "errors.html").read_text(encoding="utf-8")
    assert [code for code in CODES if f"<td><code>{code}</code></td>" not in page] == []


def test_pages_at_the_root_of_the_repository_are_part_of_it(site: Path) -> None:
    assert 'href="contributing.html"' in (site / "index.html").read_text(encoding="utf-8")
    assert 'href="decisions.html"' in (site / "contributing.html").read_text(encoding="utf-8")


class TestInTheBrowser:
    """What a reader without a network sees."""

    pytestmark = NEEDS_CHROMIUM

    @pytest.mark.slow
    def test_every_page_fits_and_asks_for_nothing(self, site: Path, browser: Any) -> None:
        page = browser.new_page()
        asked: list[str] = []
        errors: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.on("pageerror", lambda error: errors.append(f"{page.url}: {error}"))
        page.on("requestfailed", lambda request: errors.append(f"{page.url}: {request.url}"))
        pages = sorted(set(site.rglob("*.html")) - {site / "404.html"})  # that one is for servers, from their root
        assert len(pages) > 20
        for path in pages:
            page.set_viewport_size({"width": 360, "height": 800})
            page.goto(path.as_uri())
            narrow = _fits(page)
            page.set_viewport_size({"width": 1280, "height": 800})
            if not (narrow and _fits(page)):
                errors.append(f"{path.name} does not fit, {'wide' if narrow else 'narrow'}")
        page.close()
        assert not errors
        assert not [url for url in asked if not url.startswith(("file:", "data:", "blob:"))]

    def test_the_search_works_from_the_disk(self, site: Path, browser: Any) -> None:
        page = browser.new_page()
        page.goto((site / "index.html").as_uri())
        page.fill(".md-search__input", "dciodvfy")
        found = page.wait_for_selector(".md-search-result__link", timeout=60_000)
        assert "dicom.html" in found.get_attribute("href")
        page.close()

    @pytest.mark.parametrize(("scheme", "name"), [("light", "default"), ("dark", "slate")])
    def test_light_and_dark_follow_the_reader_and_are_legible(
        self, scheme: str, name: str, site: Path, browser: Any
    ) -> None:
        page = browser.new_page(color_scheme=scheme)
        for path in ("index.html", "tutorial.html", "results.html", "reference/commands.html", "reference/python.html"):
            page.goto((site / path).as_uri())
            assert page.get_attribute("body", "data-md-color-scheme") == name
            page.evaluate("document.querySelector('.md-footer').remove()")  # its translucent ground cannot be measured
            assert page.evaluate(CONTRAST) == []
        page.close()
