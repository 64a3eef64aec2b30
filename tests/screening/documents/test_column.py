"""A column knows how much room it needs before it is drawn."""

from tests.screening.documents.people import SCREENED, photograph, refused, structures

from fundusfm.screening.documents.blocks import Sheet
from fundusfm.screening.documents.column import Column, picture_side
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


def test_outlined_structures_are_a_further_picture_and_a_line() -> None:
    plain, outlined = column(photograph("right", "yes")), column(photograph("right", "yes", structures=structures()))
    counted = column(photograph("right", "yes", structures=structures(picture=None)))
    assert [one.pictures for one in (plain, outlined, counted)] == [2, 3, 2]
    assert plain.tail_height() < counted.tail_height() <= outlined.tail_height()


def test_pictures_are_as_large_as_the_room_allows() -> None:
    assert [picture_side(number, 1, 88, 100) for number in (1, 2)] == [88, 49]
    assert [picture_side(number, 2, 88, 100) for number in (2, 3)] == [43, 43]
