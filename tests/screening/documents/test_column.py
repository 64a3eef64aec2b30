"""A column knows how much room it needs before it is drawn."""

from tests.screening.documents.people import SCREENED, photograph, refused

from fundusfm.screening.documents.blocks import Sheet
from fundusfm.screening.documents.column import Column
from fundusfm.screening.documents.results import PhotographResult


def column(photograph: PhotographResult | None) -> Column:
    sheet = Sheet("A4", SCREENED, "")
    sheet.add_page()
    return Column(sheet, "Right eye", photograph, 88, says_missing=True)


def test_room() -> None:
    found, clear, dark, none = map(column, (photograph("right", "yes"), photograph("right"), refused("right"), None))
    assert [one.pictures for one in (found, clear, dark, none)] == [2, 1, 1, 0]
    assert dark.head_height() > found.head_height() > none.head_height()
    assert found.tail_height() > dark.tail_height() > none.tail_height() == 0
