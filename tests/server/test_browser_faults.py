"""The page in a real browser when something goes wrong: bad and slow files, a full queue, a missing token."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.chromium import NEEDS_CHROMIUM
from tests.server.conftest import GatedScreening
from tests.server.test_browser import card_of, settled

from fundusfm.server.service import Service

pytestmark = NEEDS_CHROMIUM


def test_bad_files_say_why(
    serve: Callable[..., str], open_page: Callable[..., Any], photographs: list[Path], cat: bytes
) -> None:
    page = open_page(serve())
    page.set_input_files("#files", [
        {"name": "cat.png", "mimeType": "image/png", "buffer": cat},
        {"name": "<img src=x>.jpg", "mimeType": "image/jpeg", "buffer": b"no picture"},
        {"name": "cut.png", "mimeType": "image/png", "buffer": photographs[0].read_bytes()[:500]},
    ])  # fmt: skip
    settled(page, 3)
    lines = page.locator(".card .line").all_inner_texts()
    assert lines == ["Not a fundus photograph", *["Copy the file again: the file cannot be read"] * 2]
    assert all(len(text) > 20 for name in ("advice", "reason") for text in page.locator(f".{name}").all_inner_texts())
    assert "<img src=x>.jpg" in page.locator(".card .name").all_inner_texts()
    assert page.locator("#summary").inner_text() == "Not judged: 3 (3 people, 3 photographs)"
    assert card_of(page, "cat.png").locator(".photo").is_visible()


def test_a_slow_file_holds_up_nobody_for_ever(
    serve: Callable[..., str], open_page: Callable[..., Any], gated: tuple[GatedScreening, Service],
    photographs: list[Path],
) -> None:  # fmt: skip
    screening, model = gated
    page = open_page(serve(model=model, seconds=1))
    page.set_input_files("#files", str(photographs[0]))
    assert page.locator(".waiting .line").inner_text() == "Being screened"
    settled(page, 1)
    assert page.locator(".card .line").inner_text() == "Not judged"
    assert "longer than 1 seconds" in page.locator(".advice").inner_text()
    screening.gate.set()


def test_a_full_queue_is_waited_for(
    serve: Callable[..., str], open_page: Callable[..., Any], gated: tuple[GatedScreening, Service],
    photographs: list[Path],
) -> None:  # fmt: skip
    screening, model = gated
    page = open_page(serve(model=model, files=1, queue=1))
    page.set_input_files("#files", [str(path) for path in photographs])
    page.locator(".waiting").nth(3).wait_for()
    threading.Timer(1, screening.gate.set).start()
    settled(page, 4)
    assert page.locator(".reason").all_inner_texts() == ["gated"] * 4


def test_a_token_is_asked_for_and_used(
    serve: Callable[..., str], open_page: Callable[..., Any], photographs: list[Path]
) -> None:
    address = serve(token="a-long-enough-token")
    page = open_page(address)
    page.set_input_files("#files", str(photographs[0]))
    settled(page, 1)
    assert "token is missing or wrong" in page.locator(".advice").inner_text()
    page.locator("#token").fill("a-long-enough-token")
    page.locator("#token").press("Enter")
    page.locator(".card .quality").first.wait_for()
    settled(page, 1)
    linked = open_page(f"{address}#token=a-long-enough-token")
    assert linked.url == address
    assert not linked.locator("#token-form").is_visible()
    linked.set_input_files("#files", str(photographs[0]))
    settled(linked, 1)
    assert linked.locator(".card .quality").is_visible()
