"""Memory is bounded while a block runs, and no longer."""

import resource
import sys
from pathlib import Path

import numpy as np
import pytest

from fundusfm.models.importing.memory import bound_for, memory_bound

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux bounds the address space")


def test_what_asks_for_more_fails_and_the_bound_goes() -> None:
    before = resource.getrlimit(resource.RLIMIT_AS)
    with pytest.raises(MemoryError), memory_bound(1 << 28):
        np.ones(1 << 27)
    assert resource.getrlimit(resource.RLIMIT_AS) == before


def test_what_fits_is_let_through() -> None:
    with memory_bound(1 << 28):
        assert np.ones(1 << 20).sum() == 1 << 20


def test_a_larger_file_may_take_more(tmp_path: Path) -> None:
    (tmp_path / "small").write_bytes(b"1")
    (tmp_path / "large").write_bytes(bytes(1_000_000))
    assert bound_for(tmp_path / "large") - bound_for(tmp_path / "small") == 4 * 999_999
