"""Equal tensors and metadata make equal files."""

from pathlib import Path

import numpy as np
from safetensors import safe_open
from safetensors.numpy import load, save

from fundusfm.models.safetensors_header import with_sorted_metadata


def test_the_order_of_metadata_changes_nothing(tmp_path: Path) -> None:
    tensors = {"b": np.arange(5, dtype=np.float32), "a": np.ones((2, 3), np.uint8)}
    names = [f"key{number}" for number in range(8)]
    files = [with_sorted_metadata(save(tensors, metadata=dict.fromkeys(names, "ä"))) for _ in range(20)]
    assert len(set(files)) == 1
    assert all(np.array_equal(value, tensors[name]) for name, value in load(files[0]).items())
    (tmp_path / "file").write_bytes(files[0])
    with safe_open(tmp_path / "file", framework="numpy") as file:
        assert list(file.metadata()) and set(file.metadata()) == set(names)


def test_files_without_metadata_keep_their_tensors() -> None:
    tensors = {"a": np.arange(3, dtype=np.float32)}
    assert np.array_equal(load(with_sorted_metadata(save(tensors)))["a"], tensors["a"])
