"""Checkpoints survive kills, full disks and damage, wherever the run folder and the temporary files are."""

import multiprocessing
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from fundusfm.errors import RunFolderError
from fundusfm.runs import remove_leftovers
from fundusfm.training.fitting.checkpoints import (
    LAST,
    PREVIOUS,
    AtomicCheckpoints,
    discard_checkpoints,
    find_checkpoint,
    read_weights,
    write_weights,
)


def _checkpoint(epochs: int, *, values: int = 1000) -> dict[str, Any]:
    return {"weights": torch.full((values,), float(epochs)), "fundusfm": {"history": [{}] * epochs}}


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 30 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = shutil.which("mount") and os.geteuid() == 0
    command = ["mount", "-t", "tmpfs", "-o", "size=30m", "tmpfs", str(folder)]
    if not mounted or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("mounting a file system takes root")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def test_the_one_before_is_kept(tmp_path: Path) -> None:
    for epochs in (1, 2, 3):
        AtomicCheckpoints().save_checkpoint(_checkpoint(epochs), tmp_path / LAST)
    lines: list[str] = []
    found = find_checkpoint(tmp_path, log_line=lines.append)
    assert found is not None and (found.path.name, found.epochs) == (LAST, 3)
    assert torch.load(tmp_path / PREVIOUS)["weights"][0] == 2
    assert {path.name for path in tmp_path.iterdir()} == {LAST, PREVIOUS}
    assert lines == []
    discard_checkpoints(tmp_path)
    assert find_checkpoint(tmp_path, log_line=lines.append) is None
    assert not list(tmp_path.iterdir())


def _cut(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def _flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[content.index(torch.full((2,), 2.0).numpy().tobytes()) + 400] ^= 1
    path.write_bytes(content)


def _empty(path: Path) -> None:
    path.write_bytes(b"")


def _other(path: Path) -> None:
    torch.save({"something": "else"}, path)


@pytest.mark.parametrize("damage", [_cut, _flip, _empty, _other])
def test_a_damaged_checkpoint_is_said_and_the_one_before_is_taken(damage: Any, tmp_path: Path) -> None:
    for epochs in (1, 2):
        AtomicCheckpoints().save_checkpoint(_checkpoint(epochs), tmp_path / LAST)
    damage(tmp_path / LAST)
    lines: list[str] = []
    found = find_checkpoint(tmp_path, log_line=lines.append)
    assert found is not None and (found.path.name, found.epochs) == (PREVIOUS, 1)
    assert "last.ckpt is damaged" in lines[0] and "continuing from" in lines[1]
    _empty(tmp_path / PREVIOUS)
    assert find_checkpoint(tmp_path, log_line=lines.append) is None
    assert lines[-1].endswith("so this fit begins anew")


def test_a_full_disk_leaves_what_was_there(small_disk: Path) -> None:
    AtomicCheckpoints().save_checkpoint(_checkpoint(1, values=2_000_000), small_disk / LAST)
    with pytest.raises(OSError, match=r"No space left .*last\.ckpt"):
        AtomicCheckpoints().save_checkpoint(_checkpoint(2, values=9_000_000), small_disk / LAST)
    found = find_checkpoint(small_disk, log_line=print)
    assert found is not None and found.epochs == 1
    assert [path.name for path in small_disk.iterdir()] == [LAST]


def _write_for_ever(folder: Path, written: Any) -> None:
    epoch = 0
    while True:
        epoch += 1
        state = _checkpoint(epoch) | {"weights": torch.from_numpy(np.full(1_500_000, epoch, np.float32))}
        AtomicCheckpoints().save_checkpoint(state, folder / LAST)
        written.value = epoch


def test_killed_at_any_moment_of_writing(small_disk: Path) -> None:
    forks = multiprocessing.get_context("fork")
    for kill in range(20):
        written = forks.Value("i", 0)
        writer = forks.Process(target=_write_for_ever, args=(small_disk, written))
        writer.start()
        while not written.value:
            time.sleep(0.001)
        time.sleep(0.004 * kill)
        writer.kill()
        writer.join()
        found = find_checkpoint(small_disk, log_line=print)
        assert found is not None and found.epochs >= written.value
        assert set(torch.load(found.path)["weights"].tolist()) == {float(found.epochs)}
        remove_leftovers(small_disk)
        assert {path.name for path in small_disk.iterdir()} <= {LAST, PREVIOUS}
        discard_checkpoints(small_disk)


def test_temporary_files_elsewhere_are_not_needed(
    small_disk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (small_disk / "full").write_bytes(bytes(30 << 20))
    monkeypatch.setattr(tempfile, "tempdir", str(small_disk))
    AtomicCheckpoints().save_checkpoint(_checkpoint(1), tmp_path / LAST)
    assert find_checkpoint(tmp_path, log_line=print) is not None


def test_weights_are_read_back_or_refused_in_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "best.safetensors"
    write_weights(path, {"a": torch.arange(3.0)})
    assert torch.equal(read_weights(path)["a"], torch.arange(3.0))
    _cut(path)
    with pytest.raises(RunFolderError, match="cannot be read"):
        read_weights(path)
