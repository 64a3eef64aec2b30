"""What is in hand is counted, bounded, and given back."""

import pytest

from fundusfm.server.problems import BusyError
from fundusfm.server.protection.admission import Admission
from fundusfm.server.protection.limits import Limits


def test_places_are_all_or_none() -> None:
    admission = Admission(Limits(files=2, queue=3))
    with admission.hold(2):
        with pytest.raises(BusyError, match="2 photographs are waiting, of 3") as caught, admission.hold(2):
            pass
        assert caught.value.headers == {"Retry-After": "2"}
        with admission.hold(1):
            assert admission.photographs == 3
    assert admission.photographs == 0


def test_places_are_given_back_after_an_error() -> None:
    admission = Admission(Limits())
    with pytest.raises(ZeroDivisionError), admission.hold(4):
        raise ZeroDivisionError
    assert admission.photographs == 0


def test_bytes_are_bounded() -> None:
    admission = Admission(Limits(megabytes=1))
    admission.receive(8_000_000)
    with pytest.raises(BusyError, match="Too many uploads"):
        admission.receive(1)
    admission.release(8_000_000)
    assert admission.bytes == 0
