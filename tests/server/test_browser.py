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
    report = saved_report(page, tmp_path)
    assert photographs[0].name in report and "Screening report" in report
    page.locator("#clear").click()
    assert page.locator(".card").count() == 0


def as_files(contents: dict[str, bytes]) -> list[dict[str, Any]]:
    """Returns named contents as a browser's files."""
    return [{"name": name, "mimeType": "application/octet-stream", "buffer": content}
            for name, content in contents.items()]  # fmt: skip


def saved_report(page: Any, folder: Path) -> str:
    """Saves the report and returns its text."""
    with page.expect_download() as download:
        page.locator("#save").click()
    download.value.save_as(folder / "report.html")
    return (folder / "report.html").read_text(encoding="utf-8")


def test_eyes_of_two_people_never_stand_together(
    serve: Callable[..., str], open_page: Callable[..., Any], photographs: list[Path], tmp_path: Path
) -> None:
    one, two = (decode(path).image for path in photographs[:2])
    scan = dicom_dataset(np.stack([one, one[:, ::-1]]), NumberOfFrames=2, ImageLaterality="L")
    other = dicom_dataset(two, ImageLaterality="R", PatientID="MRN-2", PatientName="Someone^Else")
    files = {
        "left.dcm": dicom_bytes(scan),
        "other-right.dcm": dicom_bytes(other),
        "right.dcm": dicom_bytes(dicom_dataset(two)),
        "plain.png": photographs[2].read_bytes(),
    }
    page = open_page(serve(), viewport={"width": 1600, "height": 900})
    page.set_input_files("#files", as_files(files))
    page.locator(".card:not(.waiting)").nth(4).wait_for()
    settled(page, 5)
    blocks = page.locator(".person")
    assert blocks.locator("h2").all_inner_texts() == ["Person 1", "Person 2"]
    shown = [[blocks.nth(number).locator(f".{side} .name").all_inner_texts() for side in ("right", "left")]
             for number in (0, 1)]  # fmt: skip
    assert shown == [[["right.dcm"], ["left.dcm", "left.dcm#2"]], [["other-right.dcm"], []]]
    assert page.locator("#results .name").all_inner_texts() == ["plain.png"]
    first = blocks.nth(0)
    assert first.locator(".right").bounding_box()["x"] < first.locator(".left").bounding_box()["x"]
    assert page.locator("#unstated").is_visible()
    assert page.locator("#summary").inner_text().startswith("5 photographs: ")
    crops = [first.locator(".left .crop").nth(number).get_attribute("src") for number in (0, 1)]
    assert crops[0] != crops[1]
    secrets = (PATIENT_ID, *PATIENT_NAME.split("^"), "MRN-2", "Someone")
    report = saved_report(page, tmp_path)
    for text in ("Person 1, Right eye: right.dcm", "Person 1, Left eye: left.dcm#2", "Person 2, Right eye: other"):
        assert text in report
    assert not [secret for secret in secrets if secret in page.content() + report]
    page.locator("#clear").click()
    assert page.locator(".card").count() == 0 and blocks.count() == 0


def test_names_and_clicks_say_the_eye(
    serve: Callable[..., str], open_page: Callable[..., Any], photographs: list[Path], tmp_path: Path
) -> None:
    content = photographs[0].read_bytes()
    files = dict.fromkeys(("12_left.png", "12_right.png", "13_OD.png", "photo.png"), content)
    page = open_page(serve())
    page.set_input_files("#files", as_files(files))
    settled(page, 4)
    block = page.locator(".person")
    assert block.count() == 1
    assert "file names differ only in the eye" in block.inner_text()
    assert block.locator(".right .name").all_inner_texts() == ["12_right.png"]
    single = page.locator("#results .card", has_text="13_OD.png")
    assert single.locator("button[aria-pressed=true]").inner_text() == "Right eye"
    card = page.locator("#results .card", has_text="photo.png")
    card.get_by_role("button", name="Left eye").click()
    assert card.locator("button[aria-pressed=true]").inner_text() == "Left eye"
    report = saved_report(page, tmp_path)
    for text in ("Person 1, Left eye: 12_left.png", ">Left eye: photo.png", ">Right eye: 13_OD.png"):
        assert text in report
    card.get_by_role("button", name="Left eye").click()
    assert card.locator("button[aria-pressed=true]").count() == 0


@pytest.mark.parametrize(
    ("path", "eye"),
    [
        ("12_left.jpeg", "left"), ("a/b/OD.png", "right"), ("IMG_0012-os (2).jpg", "left"), ("P7R.png", "right"),
        ("left_and_right.png", ""), ("bright.png", ""), ("leftovers.jpg", ""), ("left/photo.jpg", ""),
        ("colour.png", ""),
    ],
)  # fmt: skip
def test_which_eye_a_name_says(serve: Callable[..., str], open_page: Callable[..., Any], path: str, eye: str) -> None:
    page = open_page(serve())
    said = page.evaluate("async path => (await import('./static/people.js')).eyeOfName(path)", path)
    assert said["eye"] == eye


def test_the_report_holds_whatever_the_page_has(
    serve: Callable[..., str], open_page: Callable[..., Any], photographs: list[Path], cat: bytes, tmp_path: Path
) -> None:
    page = open_page(serve(files=2))
    files = {f"{number}.png": photographs[0].read_bytes() for number in range(5)} | {"<b>cat.png": cat}
    page.set_input_files("#files", as_files(files))
    settled(page, 6)
    assert page.locator("#summary").inner_text().startswith("6 photographs: ")
    report = saved_report(page, tmp_path)
    assert page.locator("#summary").inner_text().startswith("6 photographs: ")
    assert not page.locator("#notice").is_visible()
    offline = page.context.browser.new_page()
    offline.goto((tmp_path / "report.html").as_uri())
    assert offline.locator("main section").count() == 7
    assert offline.locator("nav a").count() == 7
    assert offline.get_by_role("heading", name="<b>cat.png").is_visible()
    assert offline.locator("img").evaluate_all("images => images.every(image => image.naturalWidth > 100)")
    assert offline.locator("img").count() == 10
    assert "<script" not in report and "SHA-256" in report
    offline.close()


def test_folders_are_read(
    serve: Callable[..., str], open_page: Callable[..., Any], photographs: list[Path], tmp_path: Path
) -> None:
    folder = tmp_path / "visit"
    for path, content in (("a/left.png", photographs[0]), ("b/right.png", photographs[1])):
        (folder / path).parent.mkdir(parents=True)
        (folder / path).write_bytes(content.read_bytes())
    (folder / "notes.txt").write_text("none")
    (folder / ".hidden").write_text("none")
    page = open_page(serve())
    page.set_input_files("#folder", folder)
    settled(page, 2)
    assert page.locator("#results .name").all_inner_texts() == ["visit/a/left.png", "visit/b/right.png"]
    assert page.locator("#notice").inner_text() == "2 files in the folders are no photograph and left out."


def test_a_dropped_folder_is_walked(serve: Callable[..., str], open_page: Callable[..., Any]) -> None:
    page = open_page(serve())
    found = page.evaluate("""async () => {
      const { dropped } = await import('./static/files.js');
      const file = path => ({ isFile: true, name: path.split('/').pop(), fullPath: path,
        file: done => done(new File(['x'], path.split('/').pop())) });
      const folder = (path, children) => ({ isFile: false, name: path.split('/').pop(), fullPath: path,
        createReader: () => { const parts = [children.slice(0, 1), children.slice(1), []];
          return { readEntries: done => done(parts.shift()) }; } });
      const tree = folder('/eyes', [file('/eyes/10.jpg'), file('/eyes/9.jpg'), folder('/eyes/scans', [
        file('/eyes/scans/IM0001'), file('/eyes/scans/list.csv')])]);
      const items = [tree, file('/notes.txt')].map(entry => ({ kind: 'file', webkitGetAsEntry: () => entry }));
      const { files, left } = await dropped({ items, files: [] });
      return [files.map(({ path }) => path), left];
    }""")
    assert found == [["eyes/9.jpg", "eyes/10.jpg", "eyes/scans/IM0001", "notes.txt"], 1]


def test_leaving_asks_first_unless_the_report_is_saved(
    serve: Callable[..., str], open_page: Callable[..., Any], photographs: list[Path], tmp_path: Path
) -> None:
    page = open_page(serve())
    asked: list[str] = []

    def answer(dialog: Any) -> None:
        asked.append(dialog.type)
        dialog.accept()

    page.on("dialog", answer)
    page.set_input_files("#files", str(photographs[0]))
    settled(page, 1)
    page.locator("#summary").click()  # browsers ask only where somebody has used the page
    saved_report(page, tmp_path)
    page.reload()
    assert asked == []
    page.set_input_files("#files", str(photographs[0]))
    settled(page, 1)
    page.locator("#summary").click()
    page.reload()
    assert asked == ["beforeunload"]


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
    assert reached[:7] == ["A", "files", "folder", "print", "save", "clear", "BUTTON"]


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
