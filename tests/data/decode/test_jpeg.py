"""The end of a JPEG."""

import pytest

from fundusfm.data.decode.jpeg import is_complete_jpeg

_SCAN = b"\xff\xda\x00\x04\x01\x02"


@pytest.mark.parametrize(
    ("content", "complete"),
    [
        (b"\xff\xd8" + _SCAN + b"data\xff\xd9", True),
        (b"\xff\xd8" + _SCAN + b"data\xff\xd9 trailing bytes of a camera", True),
        (b"\xff\xd8\xff\xff\xe1\x00\x06\xff\xd9ab" + _SCAN + b"data", False),  # only the thumbnail ends
        (b"\xff\xd8" + _SCAN + b"data\xff\x00", False),
        (b"\xff\xd8\xff\xe1\x7f\xff", False),
        (b"\xff\xd8", False),
        (b"", False),
    ],
)
def test_only_an_end_behind_the_scan_counts(content: bytes, complete: bool) -> None:
    assert is_complete_jpeg(content) is complete
