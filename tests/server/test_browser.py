"""The page in a real browser: photographs in, results, maps and a report out; and what goes wrong, said on the page."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pandas as pd
import pytest
from tests.chromium import CONTRAST, NEEDS_CHROMIUM
from tests.dicom_files import PATIENT_ID, PATIENT_NAME, dicom_bytes, dicom_dataset

from fundusfm.data.decode.image import decode
from fundusfm.server.service import Service

pytestmark = NEEDS_CHROMIUM

# Pairs of controls that are nearer than 4 pixels to each other.
TOUCHING = """() => {
  const shown = [...document.querySelectorAll('button, select, .button, summary')].filter(e => e.checkVisibility()
    && !e.classList.contains('picture'));
  const boxes = shown.map(e => [e.textContent.trim().slice(0, 20), e.getBoundingClientRect()]);
  const apart = (a, b) => Math.max(b.left - a.right, a.left - b.right, b.top - a.bottom, a.top - b.bottom);
  return boxes.flatMap(([one, a], i) => boxes.slice(i + 1).filter(([, b]) => apart(a, b) < 4)
    .map(([other]) => [one, other]));
}"""


def settled(page: Any, cards: int) -> None:
    """Waits until every card has its result and, where there is one, its picture."""
    page.locator(".card:not(.waiting)").nth(cards - 1).wait_for()
    page.locator(".waiting").first.wait_for(state="detached")
    page.locator("#save:not([disabled])").wait_for()


def evidence(card: Any) -> None:
    """Asks a card for its evidence, and waits until it is there."""
    card.locator(".show-evidence").click()
    card.locator(".heat").wait_for()


def test_upload_verdict_evidence_report(
    serve: Callable[..., str], open_page: Callable[..., Any], photographs: list[Path], tmp_path: Path
) -> None:
    page = open_page(serve())
    page.set_input_files("#files", [str(path) for path in photographs[:2]])
    settled(page, 2)
    card = page.locator(".card").first
    assert re.match("Refer: |Uncertain: |No sign found", card.locator(".line").inner_text())
    assert card.locator(".quality").inner_text() in ("good", "fair", "poor")
    assert card.locator(".photo").evaluate("image => image.complete && image.naturalWidth > 100")
    assert not card.locator(".heat").is_visible()
    evidence(card)
    assert card.locator(".heat").evaluate("image => image.complete && image.naturalWidth > 100")
    assert "Cyan" in card.locator(".legend").inner_text()
    first = card.locator(".heat").get_attribute("src")
    other = card.locator(".evidence-label option:not(:checked)").inner_text()
    card.locator(".evidence-label").select_option(label=other)
    card.locator(f".heat[alt='Evidence for {other}']").wait_for()
    assert card.locator(".heat").get_attribute("src") != first
    card.locator(".labels-of summary").click()
    names = card.locator(".labels-of tbody th").all_inner_texts()
    assert sorted(names) == ["Any abnormality", "glaucoma"]
    assert "(1 person, 2 photographs)" in page.locator("#summary").inner_text()
    report = saved_report(page, tmp_path)
    assert photographs[0].name in report and "Screening report" in report and "Evidence for" in report
    card.locator(".show-evidence").click()
    assert not card.locator(".heat").is_visible()
    page.locator("#clear").click()
    assert page.locator(".card").count() == 0


def test_the_operating_point_can_be_switched(
    serve: Callable[..., str], open_page: Callable[..., Any], photographs: list[Path]
) -> None:
    page = open_page(serve())
    page.set_input_files("#files", str(photographs[0]))
    settled(page, 1)
    before = page.locator(".labels-of tbody td:nth-child(3)").all_text_contents()
    page.locator("#point").select_option("screening")
    assert page.locator(".card .line").inner_text().startswith("Refer: signs of")
    assert page.locator(".labels-of tbody td:nth-child(3)").all_text_contents() == ["0.100", "0.100"] != before
    assert "screening" in page.locator(".person .origin").text_content()


def test_a_photograph_is_enlarged_to_its_own_pixels(
    serve: Callable[..., str], open_page: Callable[..., Any], photographs: list[Path]
) -> None:
    page = open_page(serve())
    page.set_input_files("#files", str(photographs[0]))
    settled(page, 1)
    page.locator(".picture").click()
    dialog = page.locator("#zoom")
    dialog.wait_for()
    assert "as it was chosen, 248 × 256 pixels" in page.locator("#zoom-note").inner_text()
    page.keyboard.press("1")
    assert page.locator("#zoom-scale").inner_text() == "100 %"
    assert page.locator("#zoom-room img").bounding_box()["width"] == 248
    page.keyboard.press("+")
    assert page.locator("#zoom-room img").bounding_box()["width"] == 372
    page.keyboard.press("Escape")
    dialog.wait_for(state="hidden")
    assert page.evaluate("document.activeElement.className") == "picture"


def test_the_table_has_a_line_per_photograph(
    serve: Callable[..., str], open_page: Callable[..., Any], photographs: list[Path], cat: bytes, tmp_path: Path
) -> None:
    page = open_page(serve())
    files = {"=1+1_left.png": photographs[0].read_bytes(), "a,b.png": cat}
    page.set_input_files("#files", as_files(files))
    settled(page, 2)
    with page.expect_download() as download:
        page.locator("#save-table").click()
    download.value.save_as(tmp_path / "results.csv")
    table = pd.read_csv(tmp_path / "results.csv", encoding="utf-8-sig").set_index("image")
    assert list(table.columns[:6]) == ["refer", "why", "uncertain", "status", "reason", "quality"]
    assert list(table.columns[-7:]) == ["model", "weights_sha256", "operating_point", "fundusfm", "person", "eye",
                                        "verdict"]  # fmt: skip
    assert {"glaucoma.score", "glaucoma.decision", "glaucoma.uncertain"} < set(table.columns)
    assert table.loc["'=1+1_left.png", "eye"] == "left" and table.loc["'=1+1_left.png", "refer"] in ("yes", "no")
    assert table.loc["a,b.png", "refer"] == "not_fundus" and table["operating_point"].unique().tolist() == ["youden"]


def card_of(page: Any, name: str) -> Any:
    """Returns the card of a file."""
    return page.locator(".card").filter(has=page.locator(".name").get_by_text(name, exact=True))


def encoded(image: np.ndarray) -> bytes:
    """Returns a picture as a PNG file."""
    return cv2.imencode(".png", image[..., ::-1])[1].tobytes()


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
    assert sorted(blocks.locator("h2").all_inner_texts()) == ["Person 1", "Person 2", "plain.png"]
    first, second, alone = (blocks.filter(has=page.get_by_role("heading", name=name)) for name in
                            ("Person 1", "Person 2", "plain.png"))  # fmt: skip
    shown = [[sorted(block.locator(f".{side} .name").all_inner_texts()) for side in ("right", "left", "unknown")]
             for block in (first, second, alone)]  # fmt: skip
    assert sorted(shown) == sorted([
        [["right.dcm"], ["left.dcm", "left.dcm#2"], []], [["other-right.dcm"], [], []], [[], [], ["plain.png"]],
    ])  # fmt: skip
    pair = blocks.filter(has_text="left.dcm#2")
    assert pair.locator(".right").bounding_box()["x"] < pair.locator(".left").bounding_box()["x"]
    assert blocks.filter(has_text="other-right.dcm").locator(".left .missing").is_visible()
    assert not alone.locator(".missing").first.is_visible()
    pictures = [pair.locator(".left .photo").nth(number).get_attribute("src") for number in (0, 1)]
    assert pictures[0] != pictures[1] and pictures[0].startswith("data:")
    secrets = (PATIENT_ID, *PATIENT_NAME.split("^"), "MRN-2", "Someone")
    report = saved_report(page, tmp_path)
    for text in ("Person 1", "Person 2", "Left eye, left.dcm#2", "Right eye, right.dcm", "No photograph"):
        assert text in report
    assert not [secret for secret in secrets if secret in page.content() + report]
    page.locator("#clear").click()
    assert page.locator(".card").count() == 0 and blocks.count() == 0


def test_names_clicks_and_choices_say_whose_it_is(
    serve: Callable[..., str], open_page: Callable[..., Any], photographs: list[Path], tmp_path: Path
) -> None:
    content = photographs[0].read_bytes()
    files = dict.fromkeys(("12_left.png", "12_right.png", "13_OD.png", "photo.png"), content)
    page = open_page(serve())
    page.set_input_files("#files", as_files(files))
    settled(page, 4)

    def block(title: str) -> Any:
        return page.locator(".person").filter(has=page.get_by_role("heading", name=title, exact=True))

    assert page.locator(".person").count() == 3
    assert "names differ only in the eye" in block("12").inner_text()
    assert block("12").locator(".right .name").all_inner_texts() == ["12_right.png"]
    assert block("13").locator(".right .name").all_inner_texts() == ["13_OD.png"]
    assert "no photograph of the left eye" in block("13").locator(".outcome").inner_text() or block("13").locator(
        ".left .missing").is_visible()  # fmt: skip
    card = card_of(page, "photo.png")
    card.get_by_role("button", name="Left eye").click()
    assert block("photo.png").locator(".left .name").inner_text() == "photo.png"
    card.locator(".whose-photo").select_option(label="13")
    assert block("13").locator(".left .name").inner_text() == "photo.png"
    assert "by hand" in block("13").inner_text() and page.locator(".person").count() == 2
    report = saved_report(page, tmp_path)
    assert report.index(">13</h2>") < report.rindex("photo.png") and "Left eye, photo.png" in report
    card.locator(".whose-photo").select_option(label="nobody else here")
    assert page.locator(".person").count() == 3
    wrong = card_of(page, "12_left.png")
    wrong.locator(".belongs summary").click()
    wrong.get_by_role("button", name="Left eye").click()
    assert block("12_left.png").locator(".unknown .card").count() == 1


def test_a_folder_may_be_a_person(
    serve: Callable[..., str], open_page: Callable[..., Any], photographs: list[Path], tmp_path: Path
) -> None:
    for path in ("day/anna/1.png", "day/anna/2.png", "day/ben/3.png"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(photographs[0].read_bytes())
    page = open_page(serve())
    page.set_input_files("#folder", tmp_path / "day")
    settled(page, 3)
    assert page.locator(".person").count() == 3
    page.get_by_label("Each folder is one person").check()
    assert sorted(page.locator(".whose").all_inner_texts()) == ["anna", "ben"]


def test_the_worst_person_comes_first(
    serve: Callable[..., str], open_page: Callable[..., Any], photographs: list[Path], cat: bytes
) -> None:
    dark = encoded(decode(photographs[0]).image // 12)
    page = open_page(serve())
    page.set_input_files("#files", as_files({"cat.png": cat, "dark_L.png": dark, "a.png": photographs[0].read_bytes()}))
    settled(page, 3)
    kinds = [page.locator(".person").nth(number).get_attribute("class").split()[1] for number in range(3)]
    order = ["refer", "unsure", "again", "other", "none"]
    assert kinds == sorted(kinds, key=order.index) and {"again", "other"} < set(kinds)
    lines = page.locator("#worklist a").all_inner_texts()
    assert len(lines) == 3 and any("Take again: left eye" in line and "left eye: too dark" in line for line in lines)
    page.locator("#worklist a").last.click()
    assert "person" in page.evaluate("document.activeElement.className")
    again = page.locator(".card.again")
    assert "Raise the flash" in again.locator(".advice").inner_text()
    assert again.locator(".photo").evaluate("image => image.naturalWidth > 100")


def test_the_report_holds_whatever_the_page_has(
    serve: Callable[..., str], open_page: Callable[..., Any], photographs: list[Path], cat: bytes, tmp_path: Path
) -> None:
    page = open_page(serve(files=2))
    files = {f"{number}.png": photographs[0].read_bytes() for number in range(5)} | {"<b>cat.png": cat}
    page.set_input_files("#files", as_files(files))
    settled(page, 6)
    report = saved_report(page, tmp_path)
    assert ", 6 photographs)" in page.locator("#summary").inner_text()
    assert not page.locator("#notice").is_visible()
    offline = page.context.browser.new_page()
    offline.goto((tmp_path / "report.html").as_uri())
    assert offline.locator(".person").count() == 6
    assert offline.get_by_role("heading", name="<b>cat.png").is_visible()
    assert offline.locator("img").evaluate_all("images => images.every(image => image.naturalWidth > 100)")
    assert offline.locator("img").count() == 6
    assert offline.locator("button, select").count() == 0 and offline.locator(".labels-of[open]").count() == 5
    assert "<script" not in report and "SHA-256" in report and "blob:" not in report
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
    assert sorted(page.locator(".whose").all_inner_texts()) == ["a", "b"]
    assert page.locator("#remarks").inner_text() == (
        "Left out, because they are no photographs: visit/.hidden, visit/notes.txt."
    )


def test_a_dropped_folder_is_walked(serve: Callable[..., str], open_page: Callable[..., Any]) -> None:
    page = open_page(serve())
    found = page.evaluate("""async () => {
      const { dropped } = await import('./static/files.js');
      const file = path => ({ isFile: true, name: path.split('/').pop(), fullPath: path,
        file: done => done(new File([path.includes('IM0') ? '\0'.repeat(128) + 'DICM' : 'x'],
          path.split('/').pop())) });
      const folder = (path, children) => ({ isFile: false, name: path.split('/').pop(), fullPath: path,
        createReader: () => { const parts = [children.slice(0, 1), children.slice(1), []];
          return { readEntries: done => done(parts.shift()) }; } });
      const tree = folder('/eyes', [file('/eyes/10.jpg'), file('/eyes/9.jpg'), folder('/eyes/scans', [
        file('/eyes/scans/IM0001'), file('/eyes/scans/list.csv')])]);
      const items = [tree, file('/notes.txt')].map(entry => ({ kind: 'file', webkitGetAsEntry: () => entry }));
      const { files, left } = await dropped({ items, files: [] });
      return [files.map(({ path }) => path), left];
    }""")
    assert found == [["eyes/9.jpg", "eyes/10.jpg", "eyes/scans/IM0001"], ["eyes/scans/list.csv", "notes.txt"]]


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


def test_page_and_report_print_one_sheet_per_person(
    serve: Callable[..., str], open_page: Callable[..., Any], photographs: list[Path], tmp_path: Path
) -> None:
    page = open_page(serve())
    content = photographs[0].read_bytes()
    page.set_input_files("#files", as_files({"1_left.png": content, "1_right.png": content, "2_left.png": content}))
    settled(page, 3)
    evidence(page.locator(".card").first)
    saved_report(page, tmp_path)
    page.emulate_media(media="print")
    assert not page.locator("#drop").is_visible() and not page.locator("#print").is_visible()
    assert page.locator(".photo").first.is_visible() and page.locator(".sign").first.is_visible()
    assert sheets(page) == 3  # and one with the list of people
    offline = page.context.browser.new_page()
    offline.goto((tmp_path / "report.html").as_uri())
    assert sheets(offline) == 3
    assert offline.locator(".worklist li").count() == 2 and "3 photographs)" in offline.locator(".summary").inner_text()
    offline.close()


def test_a_person_over_two_sheets_is_named_on_both(
    serve: Callable[..., str], open_page: Callable[..., Any], photographs: list[Path]
) -> None:
    page = open_page(serve())
    page.set_input_files("#files", as_files({f"7_left_{n}.png": photographs[0].read_bytes() for n in range(2)}))
    settled(page, 2)
    assert page.locator(".whose").all_inner_texts() == ["7"] and page.locator("#remarks p").count() == 0
    page.emulate_media(media="print")
    style = "element => getComputedStyle(element).display"
    # Browsers repeat the head of a table on each sheet.
    assert page.locator(".person").evaluate(style) == "table"
    assert page.locator(".person-head").evaluate(style) == "table-header-group"


def test_nothing_is_lost_without_a_word(
    serve: Callable[..., str], open_page: Callable[..., Any], photographs: list[Path]
) -> None:
    page = open_page(serve())
    same = photographs[0].read_bytes()
    page.set_input_files("#files", as_files({"eyes.zip": b"PK", "notes.txt": b"none"}))
    page.set_input_files("#files", as_files({"1_left.png": same, "2_left.png": same, "list.csv": b"none"}))
    settled(page, 2)
    page.locator("#remarks p").nth(2).wait_for()
    assert page.locator("#remarks p").all_inner_texts() == [
        "eyes.zip is an archive: unpack it first, then choose the folder.",
        "Left out, because they are no photographs: notes.txt, list.csv.",
        "The same photograph under different names, so at most one is right: 1_left.png, 2_left.png.",
    ]
    page.once("dialog", lambda dialog: dialog.dismiss())
    page.locator("#clear").click()
    assert page.locator(".card").count() == 2
    page.once("dialog", lambda dialog: dialog.accept())
    page.locator("#clear").click()
    assert page.locator(".card").count() == 0 and page.locator("#remarks p").count() == 0


def test_files_of_one_name_show_their_folders(
    serve: Callable[..., str], open_page: Callable[..., Any], photographs: list[Path], tmp_path: Path
) -> None:
    for number, path in enumerate(("day/anna/12_L.png", "day/ben/12_L.png")):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(photographs[number].read_bytes())
    page = open_page(serve())
    page.set_input_files("#folder", tmp_path / "day")
    settled(page, 2)
    assert sorted(page.locator(".card .name").all_inner_texts()) == ["day/anna/12_L.png", "day/ben/12_L.png"]
    assert sorted(page.locator(".whose").all_inner_texts()) == ["day/anna/12", "day/ben/12"]


def sheets(page: Any) -> int:
    """Returns how many pages of A4 a page prints on."""
    return len(re.findall(rb"/Type /Page\b", page.pdf(format="A4", prefer_css_page_size=True)))


def test_keyboard_reaches_everything(
    serve: Callable[..., str], open_page: Callable[..., Any], photographs: list[Path]
) -> None:
    page = open_page(serve())
    page.set_input_files("#files", str(photographs[0]))
    settled(page, 1)
    page.evaluate("() => document.activeElement.blur()")
    reached = []
    for _ in range(16):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("() => document.activeElement.id || document.activeElement.tagName"))
    assert reached[:8] == ["A", "files", "folder", "point", "print", "save", "save-table", "clear"]
    assert reached[8:13] == ["BUTTON", "BUTTON", "INPUT", "BUTTON", "SUMMARY"]


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
    evidence(page.locator(".card", has=page.locator(".show-evidence:not([hidden])")).first)
    assert page.evaluate("() => document.documentElement.scrollWidth") <= width
    assert page.evaluate(CONTRAST) == []
    assert page.evaluate(TOUCHING) == []


def test_structures_are_layers_with_a_box_each(
    serve: Callable[..., str],
    open_page: Callable[..., Any],
    with_structures: Service,
    photographs: list[Path],
    tmp_path: Path,
) -> None:
    page = open_page(serve(model=with_structures, undecoded=False))
    page.set_input_files("#files", as_files({photographs[0].name: photographs[0].read_bytes(), "damaged.png": b"no"}))
    settled(page, 2)
    card = card_of(page, photographs[0].name)
    lesions, vessels = card.locator(".layer.lesions"), card.locator(".layer.vessels")
    assert lesions.is_visible() and not vessels.is_visible() and not card.locator(".heat").is_visible()
    assert "haemorrhages 2" in " ".join(card.locator(".switch.lesions").inner_text().split())
    box = page.get_by_role("checkbox", name="Vessels")
    box.focus()
    page.keyboard.press("Space")
    assert vessels.is_visible() and vessels.evaluate("image => image.naturalWidth") == 256
    slider = page.get_by_role("slider", name="Opacity")
    slider.focus()
    page.keyboard.press("Home")
    assert vessels.evaluate("image => getComputedStyle(image).opacity") == "0.1"
    with page.expect_download() as download:
        page.locator("#save-table").click()
    download.value.save_as(tmp_path / "results.csv")
    table = pd.read_csv(tmp_path / "results.csv", encoding="utf-8-sig")
    assert table.loc[0, ["haemorrhages.count", "soft_exudates.count", "disc.found"]].tolist() == [2, 0, 1]
    assert table["structures_model"].tolist() == ["drawn"] * 2 and table["structures_sha256"].tolist() == ["d" * 64] * 2
    assert table.loc[1, ["status", "quality"]].tolist() == ["failed", 0]
    assert pd.isna(table.loc[1, "haemorrhages.count"])
    assert "<script" not in saved_report(page, tmp_path)
    saved = open_page((tmp_path / "report.html").as_uri())
    assert saved.locator(".layer.vessels").is_visible() and saved.locator(".layer.evidence").count() == 0
    saved.locator(".show-vessels").uncheck()
    assert not saved.locator(".layer.vessels").is_visible() and saved.locator(".layer.lesions").is_visible()
    saved.locator(".opacity").select_option("25")
    assert saved.locator(".layer.lesions").evaluate("image => getComputedStyle(image).opacity") == "0.25"
