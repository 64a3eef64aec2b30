"""What a reader does next."""

from dataclasses import replace

from tests.review.conftest import give

from fundusfm.review.desk import Desk


def test_everybody_reads_everything_in_order(desk: Desk) -> None:
    for number in range(1, 13):
        found = desk.next_to_read("anna")
        assert found is not None and found.id == number
        give(desk, number, "anna", 0)
    assert desk.next_to_read("anna") is None
    other = desk.next_to_read("bert")
    assert other is not None and other.id == 1


def test_disagreements_wait_for_somebody_who_settles_them(desk: Desk) -> None:
    for number, value in ((1, 1), (2, 0), (3, None), (4, 0)):
        give(desk, number, "anna", value)
        give(desk, number, "bert", 0, quality="ungradable" if number == 4 else "good")
    assert [one.id for one, _ in desk.disagreements()] == [1, 4]
    give(desk, 1, "carla", 1, adjudication=True)
    assert [one.id for one, _ in desk.disagreements()] == [4]
    progress = desk.progress("anna")
    assert (progress.photographs, progress.read, progress.adjudicated, progress.disagreements) == (12, 4, 1, 1)
    assert progress.by_reader == {"anna": 4, "bert": 4}
    unread = desk.next_to_read("carla")
    assert unread is not None and unread.id == 2


def test_both_eyes_stand_side_by_side_the_right_one_first(desk: Desk) -> None:
    first = desk.next_to_read("anna")
    assert first is not None
    assert [one.listed.eye for one in desk.of_person(first)] == ["right", "left"]


def test_a_file_that_is_gone_is_not_asked_for_again(desk: Desk) -> None:
    first, second = desk.record.photographs()[:2]
    gone = replace(second, listed=replace(second.listed, path="gone.jpg"))
    assert desk.picture(second) and desk.picture(gone) is None and desk.picture(second) is None
    assert desk.left_out() == [gone] and desk.of_person(first) == [first]
    give(desk, 1, "anna", 0)
    following = desk.next_to_read("anna")
    assert following is not None and following.id == 3 and desk.progress("anna").photographs == 11
