"""The hash of weights without PyTorch is the hash with it, for every type of number."""

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from fundusfm.errors import WeightsError
from fundusfm.models.trainable import tensors_hash
from fundusfm.models.weights_file import HASH, WEIGHTS, checked_hash, read_tensor

TENSORS = {
    "b.weight": torch.arange(6.0).reshape(2, 3),
    "a.half": torch.ones(3, dtype=torch.bfloat16),
    "count": torch.tensor(7),
    "mask": torch.tensor([True, False]),
    "empty": torch.zeros(0, 4),
}


def test_both_ways_agree(tmp_path: Path) -> None:
    save_file(TENSORS, tmp_path / WEIGHTS)
    assert checked_hash(tmp_path) == tensors_hash(TENSORS)
    np.testing.assert_array_equal(read_tensor(tmp_path, "b.weight"), TENSORS["b.weight"].numpy())
    with pytest.raises(WeightsError, match="cannot be read"):
        read_tensor(tmp_path, "nothing")


def test_a_stored_half_is_read_as_a_float(tmp_path: Path) -> None:
    save_file({"head": torch.full((2, 3), 0.5, dtype=torch.float16)}, tmp_path / WEIGHTS)
    assert read_tensor(tmp_path, "head").dtype == np.float32


def test_another_hash_than_was_written_is_damage(tmp_path: Path) -> None:
    save_file(TENSORS, tmp_path / WEIGHTS, metadata={HASH: "0" * 64})
    with pytest.raises(WeightsError, match="not those that were written"):
        checked_hash(tmp_path)


@pytest.mark.parametrize("content", [b"", b"\xff" * 40, b"\x02\0\0\0\0\0\0\0{}extra"])
def test_what_is_no_file_of_weights_is_told(tmp_path: Path, content: bytes) -> None:
    (tmp_path / WEIGHTS).write_bytes(content)
    with pytest.raises(WeightsError, match="cannot be read"):
        checked_hash(tmp_path)
