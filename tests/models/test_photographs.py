"""What a bundle remembers of the photographs it was trained on."""

from pathlib import Path

import numpy as np
import pytest

from fundusfm.data.store.reader import open_store
from fundusfm.errors import WeightsError
from fundusfm.models.photographs import PHOTOGRAPHS, TrainingPhotographs, read_photographs, write_photographs


def test_comes_back_as_it_was_and_is_small(store: Path, tmp_path: Path) -> None:
    opened = open_store(str(store))
    photographs = TrainingPhotographs.of([opened])
    assert read_photographs(tmp_path) is None
    write_photographs(tmp_path, photographs)
    found = read_photographs(tmp_path)
    assert found is not None and len(found) == len(opened)
    np.testing.assert_array_equal(found.files, photographs.files)
    np.testing.assert_array_equal(found.sketches, photographs.sketches)
    assert (tmp_path / PHOTOGRAPHS).stat().st_size < 200 + 40 * len(opened)


def test_joined_holds_each_photograph_once(store: Path) -> None:
    opened = open_store(str(store))
    one, two = TrainingPhotographs.of([opened.take(range(8))]), TrainingPhotographs.of([opened.take(range(4, 12))])
    assert len(two.joined(one)) == 12
    assert one.joined(None) is one


def test_what_the_head_alone_saw_is_told_apart(store: Path, tmp_path: Path) -> None:
    opened = open_store(str(store))
    backbone = TrainingPhotographs.of([opened.take(range(8))])
    head = TrainingPhotographs.of([opened.take(range(4, 12))], head=True)
    write_photographs(tmp_path, head.joined(backbone))
    found = read_photographs(tmp_path)
    assert found is not None
    assert (len(found), found.head.sum(), len(found.of_backbone)) == (12, 4, 8)
    assert backbone.joined(head).head.sum() == 4  # in any order, what the backbone saw it saw


@pytest.mark.parametrize("content", [b"", b"no safetensors at all"])
def test_a_damaged_list_is_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / PHOTOGRAPHS).write_bytes(content)
    with pytest.raises(WeightsError, match="cannot be read"):
        read_photographs(tmp_path)


def test_something_else_in_its_place_is_refused(tmp_path: Path) -> None:
    wrong = TrainingPhotographs(np.zeros((3, 4), np.uint8), np.zeros((3, 32), np.uint8), np.zeros(3, bool))
    write_photographs(tmp_path, wrong)
    with pytest.raises(WeightsError, match="does not hold"):
        read_photographs(tmp_path)
