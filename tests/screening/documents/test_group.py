"""Photographs of one person are told by table, header or name, and two people never share a report."""

import pytest

from fundusfm.data.inputs.source import Source
from fundusfm.screening.documents.group import ALONE, BY_NAME, eye_of, group, short_name


def source(path: str, **columns: str) -> Source:
    return Source(path, path, columns=columns)


def test_tables_headers_and_names_say_who_it_is() -> None:
    found = group(
        [
            source("a.png", patient="7"),
            source("x/12_left.jpg"),
            source("b.png", patient="7"),
            source("x/12_right.jpg"),
            source("y/12_right.jpg"),
            source("x/c.png"),
            source("d.png", patient="ANONYMOUS", visit="1.2"),
            source("e.png", patient="ANONYMOUS", visit="1.3"),
            source("f.png", patient="7", dataset="other"),
            source("left.png", patient="unknown"),
        ]
    )
    assert [(one.title, one.places) for one in found] == [
        ("Patient 7", [0, 2]),
        ("12", [1, 3]),
        ("12", [4]),
        ("c.png", [5]),
        ("Study 1.2", [6]),
        ("Study 1.3", [7]),
        ("Patient 7", [8]),
        ("left.png", [9]),
    ]
    assert [one.how for one in found[1:4]] == [BY_NAME, "", ALONE]


def test_photographs_of_one_file_are_of_one_person() -> None:
    found = group([Source("b.mpo", "b.mpo", frame=1), Source("b.mpo#2", "b.mpo", frame=2), source("a.png")])
    assert [(one.title, one.places) for one in found] == [("b.mpo", [0, 1]), ("a.png", [2])]


def test_a_byte_that_is_no_text_does_not_cut_a_name() -> None:
    assert short_name(Source("x/M\\xfcller.jpg", "x/M\udcfcller.jpg")) == "M\\xfcller.jpg"


@pytest.mark.parametrize(
    ("made", "eye"),
    [
        (source("12_left.jpg"), "left"),
        (source("12_left.jpg", eye="OD"), "right"),
        (Source("12_left.dcm", "12_left.dcm", kind="DICOM"), ""),
        (source("12.jpg"), ""),
    ],
)
def test_eye(made: Source, eye: str) -> None:
    assert eye_of(made) == eye
