"""The page in a real browser: photographs in, results, maps and a report out; and what goes wrong, said on the page."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.chromium import CONTRAST, NEEDS_CHROMIUM
from tests.dicom_files import PATIENT_ID, PATIENT_NAME, dicom_bytes, dicom_dataset
from tests.server.conftest import GatedScreening

from fundusfm.data.decode.image import decode
from fundusfm.server.service import Service

pytestmark = NEEDS_CHROMIUM

_PATIENCE = 60_000  # milliseconds; other work may share the machine


@pytest.fixture
def open_page(browser: Any) -> Iterator[Callable[..., Any]]:
    """Opens pages that may print nothing to the console and load nothing from elsewhere."""
    opened: list[tuple[Any, list[str], list[str]]] = []

    def open_one(address: str, **options: Any) -> Any:
        page = browser.new_page(**options)
        page.set_default_timeout(_PATIENCE)
        problems: list[str] = []
        elsewhere: list[str] = []
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("console", lambda message: problems.append(message.text))
        local = address.split("#")[0]
        page.on("request", lambda request: elsewhere.append(request.url)
                if not request.url.startswith((local, "data:", "blob:")) else None)  # fmt: skip
        page.goto(address)
        opened.append((page, problems, elsewhere))
        return page

    yield open_one
    for page, problems, elsewhere in opened:
        page.close()
        # A refused request is logged by the browser itself.
        assert [text for text in problems if "Failed to load resource" not in text] == []
        assert elsewhere == []


def settled(page: Any, cards: int) -> None:
    """Waits until every card has its result and its map."""
    page.locator(".card:not(.waiting)").nth(cards - 1).wait_for()
    page.locator(".waiting").first.wait_for(state="detached")
    page.get_by_text("computing the map").first.wait_for(state="detached")


def test_upload_result_overlay_report(
    serve: Callable[..., str], open_page: Callable[..., Any], photographs: list[Path], tmp_path: Path
) -> None:
    page = open_page(serve())
    page.set_input_files("#files", [str(path) for path in photographs[:2]])
    settled(page, 2)
    card = page.locator(".card").first
    assert "operating point" in card.locator(".chip").inner_text()
    assert "Calibrated risk of abnormal" in card.locator(".verdict").inner_text()
    assert card.locator(".others tbody tr").count() == 1
    for kind in ("crop", "heat"):
        assert card.locator(f".{kind}").evaluate("image => image.complete && image.naturalWidth > 100")
    slider = card.locator("input[type=range]")
    slider.focus()
    slider.press("Home")
    assert card.locator(".heat").evaluate("image => getComputedStyle(image).opacity") == "0"
    slider.press("End")
    assert card.locator(".heat").evaluate("image => getComputedStyle(image).opacity") == "1"
    first = card.locator(".heat").get_attribute("src")
    card.locator("select").select_option("glaucoma")
    card.locator(".heat[alt*=glaucoma]").wait_for()
    assert card.locator(".heat").get_attribute("src") != first
    assert page.locator("#summary").inner_text().startswith("2 photographs: ")
    with page.expect_download() as download:
        page.locator("#save").click()
    download.value.save_as(tmp_path / "report.html")
    report = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert photographs[0].name in report and "Screening report" in report
    page.locator("#clear").click()
    assert page.locator(".card").count() == 0


def test_frames_and_eyes_of_dicom_files(
    serve: Callable[..., str], open_page: Callable[..., Any], photographs: list[Path], tmp_path: Path
) -> None:
    one, two = (decode(path).image for path in photographs[:2])
    left = dicom_bytes(dicom_dataset(np.stack([one, one[:, ::-1]]), NumberOfFrames=2, ImageLaterality="L"))
    files = {"left.dcm": left, "right.dcm": dicom_bytes(dicom_dataset(two)), "plain.png": photographs[2].read_bytes()}
    page = open_page(serve(), viewport={"width": 1600, "height": 900})
    page.set_input_files("#files", [{"name": name, "mimeType": "application/octet-stream", "buffer": content}
                                    for name, content in files.items()])  # fmt: skip
    page.locator(".card:not(.waiting)").nth(3).wait_for()
    settled(page, 4)
    names = {place: page.locator(f"#{place} .card .name").all_inner_texts() for place in ("right", "left", "results")}
    assert names == {"right": ["right.dcm"], "left": ["left.dcm", "left.dcm#2"], "results": ["plain.png"]}
    assert page.locator(".side:visible").all_inner_texts() == ["Right eye", "Left eye", "Left eye"]
    assert page.locator("#right-title").bounding_box()["x"] < page.locator("#left-title").bounding_box()["x"]
    assert page.locator("#unstated").is_visible()
    assert page.locator("#summary").inner_text().startswith("4 photographs: ")
    crops = [page.locator("#left .crop").nth(number).get_attribute("src") for number in (0, 1)]
    assert crops[0] != crops[1]
    assert not [secret for secret in (PATIENT_ID, *PATIENT_NAME.split("^")) if secret in page.content()]
    with page.expect_download() as download:
        page.locator("#save").click()
    download.value.save_as(tmp_path / "report.html")
    report = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert report.count("Left eye: left.dcm#2") >= 1 and report.count("Right eye: right.dcm") >= 1
    page.locator("#clear").click()
    assert page.locator(".card").count() == 0
    assert not page.locator("#right-title").is_visible()


def test_page_prints(serve: Callable[..., str], open_page: Callable[..., Any], photographs: list[Path]) -> None:
    page = open_page(serve())
    page.set_input_files("#files", str(photographs[0]))
    settled(page, 1)
    page.emulate_media(media="print")
    assert not page.locator("#drop").is_visible()
    assert not page.locator("#print").is_visible()
    assert page.locator(".stack").is_visible()
    assert page.pdf(format="A4").startswith(b"%PDF")


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
    assert page.locator(".card.refused").count() == 3
    chips = page.locator(".chip").all_inner_texts()
    assert chips == ["not a fundus photograph", "could not be read", "could not be read"]
    assert all(len(text) > 20 for text in page.locator(".reason").all_inner_texts())
    assert page.locator(".card .name").nth(1).inner_text() == "<img src=x>.jpg"
    assert page.locator("#summary").inner_text().endswith("3 not scored")


def test_a_slow_file_holds_up_nobody_for_ever(
    serve: Callable[..., str], open_page: Callable[..., Any], gated: tuple[GatedScreening, Service],
    photographs: list[Path],
) -> None:  # fmt: skip
    screening, model = gated
    page = open_page(serve(model=model, seconds=1))
    page.set_input_files("#files", str(photographs[0]))
    assert page.locator(".waiting .chip").inner_text() == "being screened"
    settled(page, 1)
    assert "longer than 1 seconds" in page.locator(".reason").inner_text()
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
    assert "token is missing or wrong" in page.locator(".reason").inner_text()
    page.locator("#token").fill("a-long-enough-token")
    page.locator("#token").press("Enter")
    page.locator(".card .verdict").first.wait_for()
    settled(page, 1)
    linked = open_page(f"{address}#token=a-long-enough-token")
    assert linked.url == address
    assert not linked.locator("#token-form").is_visible()
    linked.set_input_files("#files", str(photographs[0]))
    settled(linked, 1)
    assert linked.locator(".card.refused").count() == 0


def test_keyboard_reaches_everything(
    serve: Callable[..., str], open_page: Callable[..., Any], photographs: list[Path]
) -> None:
    page = open_page(serve())
    page.set_input_files("#files", str(photographs[0]))
    settled(page, 1)
    page.evaluate("() => document.activeElement.blur()")
    reached = []
    for _ in range(8):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("() => document.activeElement.id || document.activeElement.tagName"))
    assert reached[:7] == ["A", "files", "print", "save", "clear", "INPUT", "SELECT"]


@pytest.mark.parametrize(("width", "scheme"), [(360, "light"), (1280, "dark"), (3840, "light")])
def test_page_fits_and_reads(
    serve: Callable[..., str], open_page: Callable[..., Any], photographs: list[Path], cat: bytes,
    width: int, scheme: str,
) -> None:  # fmt: skip
    page = open_page(serve(), viewport={"width": width, "height": 900}, color_scheme=scheme)
    page.set_input_files("#files", [
        *({"name": path.name, "mimeType": "image/png", "buffer": path.read_bytes()} for path in photographs[:2]),
        {"name": f"{'long-name-' * 15}.png", "mimeType": "image/png", "buffer": cat},
    ])  # fmt: skip
    settled(page, 3)
    assert page.evaluate("() => document.documentElement.scrollWidth") <= width
    assert page.evaluate(CONTRAST) == []
