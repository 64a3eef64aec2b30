"""The button *PDF* of a person: the same eyes and decision as on the page, in one file."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.chromium import NEEDS_CHROMIUM
from tests.screening.documents.test_pdf import text_of
from tests.server.test_browser import as_files, settled

pytestmark = NEEDS_CHROMIUM


@pytest.mark.parametrize("names", [("12_left.png", "12_right.png"), ("12_left.png",)])
def test_a_person_as_pdf(
    names: tuple[str, ...],
    serve: Callable[..., str],
    open_page: Callable[..., Any],
    photographs: list[Path],
    tmp_path: Path,
) -> None:
    page = open_page(serve(token="secret") + "#token=secret")
    page.set_input_files(
        "#files", as_files({name: path.read_bytes() for name, path in zip(names, photographs, strict=False)})
    )
    settled(page, len(names))
    outcome = page.locator(".person .said").inner_text()
    with page.expect_download() as download:
        page.locator(".save-pdf").click()
    assert download.value.suggested_filename == "12.pdf"
    download.value.save_as(tmp_path / "report.pdf")
    said = text_of((tmp_path / "report.pdf").read_bytes())
    assert outcome in said
    assert all(words in said for words in (*names, "Right eye", "Left eye", "not a medical device"))
    assert not page.locator("#notice").is_visible()
