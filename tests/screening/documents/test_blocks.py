"""Heights are known before anything is written, and the foot stands at the bottom."""

from tests.screening.documents.people import SCREENED

from fundusfm.screening.documents.blocks import Sheet


def test_heights_and_foot() -> None:
    sheet = Sheet("A4", SCREENED, "")
    sheet.add_page()
    assert sheet.height(50, "", 9) == 0
    assert sheet.height(50, "one two three four five six seven eight nine ten", 9) > sheet.height(50, "one", 9)
    top = sheet.y
    assert 270 < sheet.foot(["a line"]) < 290 and sheet.y == top
    before = sheet.y
    sheet.write("a line", 9, right="at the right")
    one_line = sheet.y - before
    sheet.write("a line", 9)
    assert round(sheet.y - before - 2 * one_line, 6) == 0
