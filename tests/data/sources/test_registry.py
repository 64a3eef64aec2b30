"""Every source of the list: complete, honest about what it is, and clear about a wrong folder."""

import re
import textwrap
from pathlib import Path

import pandas as pd
import pytest

from fundusfm.data.manifest.select import columns_named, matching
from fundusfm.data.sources.files import holds_paths
from fundusfm.data.sources.harmonise import harmonisation, harmonise
from fundusfm.data.sources.registry import LAYOUTS, NAMES, load_source
from fundusfm.data.sources.source import PublicSet
from fundusfm.errors import SourceError

_HARMONISED = {
    *("abnormal", "dr", "referable_dr", "glaucoma", "amd", "cataract", "pathologic_myopia", "hypertensive"),
    *"NDGCAHMO",  # ODIR-5K's letters, for sets that serve a model of ODIR-5K as external ones
}
_KNOWN = ("part", "quality", "eye", "age", "sex")


@pytest.fixture(params=NAMES)
def source(request: pytest.FixtureRequest) -> PublicSet:
    return load_source(str(request.param))


def test_it_says_what_it_is(source: PublicSet) -> None:
    for text in (source.title, source.about, source.where, source.licence, source.citation):
        assert text.strip()
        assert text == text.strip()
        assert "\n" not in text
    assert source.about.endswith(".")
    assert "http" not in source.where
    assert not re.search(r"\.(zip|rar|tar|gz|7z)$", source.where)


def test_its_layout_is_a_tree(source: PublicSet) -> None:
    lines = textwrap.dedent(source.layout).strip().splitlines()
    assert lines
    assert max(map(len, lines)) <= 120


def test_its_labels_have_meanings(source: PublicSet) -> None:
    assert source.labels or source.name == "csv"  # a table's columns are its own
    for label, meaning in source.labels.items():
        assert label.isidentifier()
        assert meaning.strip()
        assert label not in ("image", "dataset")


def test_its_counts_name_its_columns(source: PublicSet) -> None:
    assert (source.name in LAYOUTS) <= (not source.counts)
    known = {"images", *source.labels, *_KNOWN}
    assert {what.partition("=")[0] for what in source.counts} <= known
    by_column: dict[str, int] = {}
    for what, count in source.counts.items():
        assert count > 0
        by_column[what.partition("=")[0]] = by_column.get(what.partition("=")[0], 0) + count
    images = by_column.pop("images", None)
    if images is not None:
        assert all(total <= images for total in by_column.values())


def test_its_harmonised_labels_are_rules_over_its_labels(source: PublicSet) -> None:
    rules = harmonisation(source.name)
    assert (source.name in LAYOUTS) <= (not rules)
    assert len({rule.label for rule in rules}) == len(rules)
    columns = [*source.labels, *_KNOWN]
    frame = pd.DataFrame(columns=columns, dtype=object)
    for rule in rules:
        assert rule.label in _HARMONISED
        assert rule.positive
        for expression in filter(None, (rule.positive, rule.negative)):
            assert set(columns_named(expression, columns)) <= set(columns)
            matching(frame, expression, where=source.name)


def test_unknown_labels_make_unknown_harmonised_labels(source: PublicSet) -> None:
    frame = pd.DataFrame({column: [""] for column in (*source.labels, *_KNOWN)}, dtype=object)
    harmonised = harmonise(frame, source.name)
    for rule in harmonisation(source.name):
        assert harmonised[rule.label].tolist() == [""], rule


def test_an_empty_folder_says_what_was_expected(source: PublicSet, tmp_path: Path) -> None:
    with pytest.raises(SourceError) as refused:
        source.read(tmp_path)
    sentence = str(refused.value)
    assert str(tmp_path) in sentence
    assert re.search(r"`[^`]+`|\.csv|photograph", sentence), sentence


def test_a_missing_folder_is_told(source: PublicSet, tmp_path: Path) -> None:
    with pytest.raises(SourceError):
        source.read(tmp_path / "missing")


def test_mask_columns_are_paths_to_the_importer(source: PublicSet) -> None:
    for label, meaning in source.labels.items():
        assert holds_paths(label, ["a.png"]) == meaning.startswith("path of"), label


def test_every_rule_belongs_to_a_source() -> None:
    assert {rule.source for rule in harmonisation()} <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_every_source_has_the_name_that_is_typed(name: str) -> None:
    assert load_source(name).name == name


def test_unknown_names_get_a_suggestion() -> None:
    with pytest.raises(SourceError, match=r"No data source 'Drive'\. Did you mean drive\? There are adam, aptos"):
        load_source("Drive")
    with pytest.raises(SourceError, match=r"No data source 'xyz'\. There are"):
        load_source("xyz")


def test_validation_tells_counts_and_missing_columns() -> None:
    source = load_source("aptos")
    frame = pd.DataFrame({"image": ["a", "b"], "dr_grade": ["0", ""]})
    assert source.validate(frame)[:2] == ["images: 2 found, 3662 published", "dr_grade=0: 1 found, 1805 published"]
    with pytest.raises(SourceError, match="APTOS 2019: its rows lack dr_grade; they have image"):
        source.validate(frame[["image"]])
