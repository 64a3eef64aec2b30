"""Photographs of a store or a manifest, with the columns of their rows."""

from pathlib import Path

import pytest

from fundusfm.data.inputs.listed import listed_sources
from fundusfm.data.store.reader import open_store
from fundusfm.errors import SelectError


def test_store_and_manifest_list_the_same_photographs(store: Path, manifest: Path) -> None:
    of_store, of_manifest = listed_sources(str(store)), listed_sources(f"name={manifest}")
    assert [source.name for source in of_store] == [source.name for source in of_manifest]
    assert [Path(source.path).resolve() for source in of_store] == [
        Path(source.path).resolve() for source in of_manifest
    ]
    assert of_store[0].columns["disease"] == of_manifest[0].columns["disease"]
    assert of_store[0].read().content == Path(of_manifest[0].path).read_bytes()


def test_rows_are_chosen_by_their_columns(store: Path, manifest: Path) -> None:
    abnormal = int((open_store(str(store)).frame["abnormal"].astype(float) == 1).sum())
    for given in (str(store), str(manifest)):
        found = listed_sources(given, select="abnormal == 1")
        assert len(found) == abnormal > 0
        assert {source.columns["abnormal"] for source in found} == {"1"}
        with pytest.raises(SelectError):
            listed_sources(given, select="abnormal == 7")
