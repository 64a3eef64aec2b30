"""The header of a store."""

import json

import pytest

from fundusfm.data.store.format import FORMAT, StoreHeader, parse_header, shard_name
from fundusfm.errors import StoreError

_HEADER = StoreHeader(FORMAT, "fov-v1", 224, "clinic", "abc", 10, 2, 1)


def test_a_header_comes_back_as_it_was_written() -> None:
    assert parse_header(_HEADER.to_json(), "x") == _HEADER
    assert parse_header(json.dumps({**json.loads(_HEADER.to_json()), "later": 1}), "x") == _HEADER


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "damaged"),
        ("[]", "damaged"),
        ("{}", "damaged"),
        (json.dumps({"format": FORMAT + 1}), "store format"),
        (json.dumps({"format": FORMAT, "size": 3}), "lacks crop, dataset"),
    ],
)
def test_other_headers_are_refused(text: str, said: str) -> None:
    with pytest.raises(StoreError, match=said):
        parse_header(text, "s/header.json")


def test_names_of_shards_sort() -> None:
    assert [shard_name(number) for number in (0, 12)] == ["shard-00000.tar", "shard-00012.tar"]
