"""Two hosts, as network namespaces joined by a cable: one writes, and the weights are those of one process."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml
from safetensors.torch import load_file

import fundusfm

pytestmark = pytest.mark.slow

_ADDRESS = "10.77.0.{}"
_CABLE = "veth-fm"


def _ip(*words: str) -> bool:
    return subprocess.run(["ip", *words], capture_output=True, check=False).returncode == 0


def _plug_in(names: list[str]) -> bool:
    """Makes the namespaces and joins them; False where that is not allowed."""
    made = [_ip("netns", "add", name) for name in names]
    joined = _ip("-n", names[0], "link", "add", _CABLE, "type", "veth", "peer", "name", _CABLE, "netns", names[1])
    steps = [
        _ip("-n", name, *words)
        for number, name in enumerate(names, start=1)
        for words in (
            ("addr", "add", f"{_ADDRESS.format(number)}/24", "dev", _CABLE),
            ("link", "set", _CABLE, "up"),
            ("link", "set", "lo", "up"),
        )
    ]
    return all([*made, joined, *steps])


@pytest.fixture
def hosts() -> Iterator[list[str]]:
    """Two namespaces that see each other only; whatever still runs in them at the end is killed."""
    if shutil.which("ip") is None:
        pytest.skip("network namespaces need `ip` (iproute2)")
    names = [f"fundusfm-{os.getpid()}-{number}" for number in range(2)]
    try:
        if not _plug_in(names):
            pytest.skip("network namespaces need root, and a kernel that has them")
        yield names
    finally:
        for name in names:
            left = subprocess.run(["ip", "netns", "pids", name], capture_output=True, text=True, check=False).stdout
            for pid in left.split():
                os.kill(int(pid), signal.SIGKILL)
            _ip("netns", "del", name)


def _options(store: Path, batch_size: int) -> dict[str, Any]:
    return {
        "train": [str(store)],
        "labels": ["abnormal"],
        "strategy": "fundus",
        "backbone": "test_resnet",
        "epochs": 1,
        "batch_size": batch_size,
        "workers": 0,
        "validation_share": 0.3,
        "precision": "32-true",
        "out": "run",
    }


def test_two_hosts_train_as_one_process(
    hosts: list[str], store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment = os.environ | {"OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""}
    environment |= {"GLOO_SOCKET_IFNAME": _CABLE, "NCCL_SOCKET_IFNAME": _CABLE}
    meet = ["--nnodes", "2", "--nproc-per-node", "1", "--master-addr", _ADDRESS.format(1), "--master-port", "29400"]
    folders = [tmp_path / "first", tmp_path / "second", tmp_path / "alone"]
    running = []
    for rank, host in enumerate(hosts):
        folders[rank].mkdir()
        (folders[rank] / "config.yaml").write_text(yaml.safe_dump(_options(store, 4)))
        start = ["ip", "netns", "exec", host, sys.executable, "-m", "torch.distributed.run", "--node-rank", str(rank)]
        command = [*start, *meet, "-m", "fundusfm", "pretrain", "--config", "config.yaml"]
        with (folders[rank] / "log").open("w") as log:
            running.append(subprocess.Popen(command, cwd=folders[rank], env=environment, stdout=log, stderr=log))
    codes = [process.wait(timeout=300) for process in running]
    assert codes == [0, 0], "\n".join((folder / "log").read_text() for folder in folders[:2])
    assert not (folders[1] / "run").exists(), "the second host writes nothing"

    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)  # as the two hosts were
    fundusfm.pretrain(**_options(store, 8) | {"out": str(folders[2] / "run")})
    weights = Path("run", "bundle", "model.safetensors")
    one, two = load_file(folders[2] / weights), load_file(folders[0] / weights)
    assert list(one) == list(two)
    difference = torch.cat([(one[name].float() - two[name].float()).abs().flatten() for name in one])
    assert difference.mean() < 1e-6
    assert difference.max() < 1e-3
