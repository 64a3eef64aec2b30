"""Pickled weights are read as data: replicas of released files, and files that want to run something."""

import argparse
import os
import pickle
import resource
import struct
import sys
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import torchvision
from torch import nn

from fundusfm.errors import WeightsError
from fundusfm.models.importing.pickles import read_pickled
from fundusfm.models.importing.tensors import find_tensors


class _Touch:
    """Makes a file when it is unpickled in the usual way."""

    def __init__(self, function: Callable[..., Any], *arguments: Any) -> None:
        self.call = function, arguments

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return self.call


def _network() -> nn.Module:
    """The layout of the seed paper's released files, on the smallest ResNet."""
    torch.manual_seed(0)
    network = torchvision.models.resnet18()
    network.fc = nn.Sequential(nn.Linear(512, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Linear(16, 2))
    return nn.DataParallel(network)


def _pickle(content: object, path: Path) -> None:
    path.write_bytes(pickle.dumps(content))


def _old_save(content: object, path: Path) -> None:
    torch.save(content, path, _use_new_zipfile_serialization=False)


@pytest.mark.parametrize("save", [torch.save, _pickle])
def test_a_whole_model(tmp_path: Path, save: Callable[[object, Path], None]) -> None:
    network = _network()
    save(network, tmp_path / "resnet18_16_ImageNet+Fundus.pth")
    tensors = find_tensors(read_pickled(tmp_path / "resnet18_16_ImageNet+Fundus.pth"))
    expected = network.state_dict()
    assert tensors.keys() == expected.keys() and "module.fc.1.running_mean" in tensors
    assert all(torch.equal(tensors[name], value) for name, value in expected.items())


@pytest.mark.parametrize("save", [torch.save, _old_save, _pickle])
def test_a_state_dict(tmp_path: Path, save: Callable[[object, Path], None]) -> None:
    save(_network().state_dict(), tmp_path / "weights.pth")
    tensors = find_tensors(read_pickled(tmp_path / "weights.pth"))
    assert tensors.keys() == _network().state_dict().keys()


@pytest.mark.parametrize("save", [torch.save, _pickle])
@pytest.mark.parametrize("name", ["model", "state_dict", "teacher"])
def test_a_checkpoint_with_options(tmp_path: Path, name: str, save: Callable[[object, Path], None]) -> None:
    options = argparse.Namespace(lr=1e-3, output_dir=tmp_path, device=torch.device("cpu"))
    extra = {"args": options, "epoch": 3, "best": np.float64(0.9), "optimizer": {"state": {0: torch.zeros(2)}}}
    save({"student": {"a": torch.zeros(1)}, name: nn.Linear(2, 3).state_dict()} | extra, tmp_path / "weights.pth")
    assert find_tensors(read_pickled(tmp_path / "weights.pth")).keys() == {"weight", "bias"}


def test_what_holds_no_tensors(tmp_path: Path) -> None:
    torch.save([1, 2], tmp_path / "weights.pth")
    assert find_tensors(read_pickled(tmp_path / "weights.pth")) == {}


@pytest.mark.parametrize("save", [torch.save, _pickle])
@pytest.mark.parametrize("where", ["alone", "in a state dict", "in a model"])
@pytest.mark.parametrize(
    ("function", "arguments", "name"),
    [
        (os.system, ("touch {}",), r"(posix|nt)\.system"),
        (eval, ("__import__('pathlib').Path(r'{}').touch()",), r"builtins\.eval"),
        (Path.touch, (), r"pathlib\._local\.Path|builtins\.getattr|pathlib\.Path\.touch"),
    ],
)
def test_code_is_refused_and_not_run(
    tmp_path: Path,
    save: Callable[[object, Path], None],
    where: str,
    function: Callable[..., Any],
    arguments: tuple[str, ...],
    name: str,
) -> None:
    ran = tmp_path / "ran"
    harm = _Touch(function, *([text.format(ran) for text in arguments] or [ran]))
    content: Any = harm
    if where == "in a state dict":
        content = nn.Linear(2, 2).state_dict() | {"extra": harm}
    elif where == "in a model":
        content = nn.Linear(2, 2)
        content.harm = harm
    save(content, tmp_path / "weights.pth")
    with pytest.raises(WeightsError, match=f"names {name}.*never run"):
        read_pickled(tmp_path / "weights.pth")
    assert not ran.exists()


def test_a_pickle_inside_a_storage_is_held_to_the_same_rules(tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    inner = pickle.dumps(_Touch(os.system, f"touch {ran}"))
    _pickle(_Touch(torch.storage._load_from_bytes, inner), tmp_path / "weights.pickle")  # type: ignore[attr-defined]
    with pytest.raises(WeightsError, match="cannot be read as weights"):
        read_pickled(tmp_path / "weights.pickle")
    assert not ran.exists()


def test_torch_itself_cannot_be_changed_by_a_pickle(tmp_path: Path) -> None:
    """A file names the function that rebuilds tensors and sets attributes of what it gets."""
    content = b"\x80\x02ctorch._utils\n_rebuild_tensor_v2\n}(X\x04\x00\x00\x00evilX\x01\x00\x00\x001ub."
    (tmp_path / "weights.pickle").write_bytes(content)
    read_pickled(tmp_path / "weights.pickle")
    assert not hasattr(torch._utils._rebuild_tensor_v2, "evil")


def test_old_files_with_classes_are_refused(tmp_path: Path) -> None:
    _old_save(_network(), tmp_path / "weights.pth")
    with pytest.raises(WeightsError, match=r"before 1\.6"):
        read_pickled(tmp_path / "weights.pth")
    with tarfile.open(tmp_path / "weights.tar", "w") as archive:
        archive.add(tmp_path / "weights.pth", "storages")
    with pytest.raises(WeightsError, match="tar archive"):
        read_pickled(tmp_path / "weights.tar")


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 cut", b"\x80\x04 cut", b"plain text", b"\x80\x02N"])
def test_damage_is_told(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "weights.pth").write_bytes(content)
    with pytest.raises(WeightsError, match="cannot be read as weights"):
        read_pickled(tmp_path / "weights.pth")


_HUGE = {
    "bytes": b"\x80\x04\x8e" + struct.pack("<Q", 4 << 30),
    "short bytes": b"\x80\x03B" + struct.pack("<I", (4 << 30) - 1),
    "bytearray": b"\x80\x05\x96" + struct.pack("<Q", 4 << 30),
    "text": b"\x80\x04\x8d" + struct.pack("<Q", 8 << 30),
    "memo": b"\x80\x02Nr" + struct.pack("<I", 1 << 28),
    "integer": b"\x80\x02\x8b" + struct.pack("<i", 2**31 - 1),
    "frame": b"\x80\x04\x95" + struct.pack("<Q", 4 << 30),
}


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux bounds the address space")
@pytest.mark.parametrize("kind", _HUGE)
def test_a_few_bytes_that_ask_for_gigabytes(tmp_path: Path, kind: str) -> None:
    (tmp_path / "weights.pth").write_bytes(_HUGE[kind])
    before = resource.getrlimit(resource.RLIMIT_AS)
    with pytest.raises(WeightsError, match="asks for far more memory") as refused:
        read_pickled(tmp_path / "weights.pth")
    assert refused.value.code == "E-WEIGHTS-MEMORY"
    assert resource.getrlimit(resource.RLIMIT_AS) == before


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux bounds the address space")
def test_an_old_file_whose_storage_claims_gigabytes(tmp_path: Path) -> None:
    _old_save({"a": torch.zeros(10)}, tmp_path / "weights.pth")
    content = (tmp_path / "weights.pth").read_bytes().replace(b"K\n", b"\x8a\x05" + (1 << 36).to_bytes(5, "little"), 1)
    (tmp_path / "weights.pth").write_bytes(content)
    with pytest.raises(WeightsError, match="asks for far more memory"):
        read_pickled(tmp_path / "weights.pth")


def test_an_archive_that_inflates_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "weights.pth", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("weights/data.pkl", b"0" * 5_000_000)
    with pytest.raises(WeightsError, match="asks for far more memory"):
        read_pickled(tmp_path / "weights.pth")


def test_a_flipped_bit_is_found_by_the_archive_checksum(tmp_path: Path) -> None:
    torch.save({"a": torch.zeros(1000)}, tmp_path / "weights.pth")
    content = bytearray((tmp_path / "weights.pth").read_bytes())
    content[content.find(bytes(400)) + 200] ^= 1
    (tmp_path / "weights.pth").write_bytes(content)
    with pytest.raises(WeightsError, match=r"checksum of its part .*data/0 does not match"):
        read_pickled(tmp_path / "weights.pth")


def test_torchscript_is_refused(tmp_path: Path) -> None:
    torch.jit.save(torch.jit.script(nn.Linear(2, 2)), tmp_path / "weights.pt")
    with pytest.raises(WeightsError, match="cannot be read as weights"):
        read_pickled(tmp_path / "weights.pt")
