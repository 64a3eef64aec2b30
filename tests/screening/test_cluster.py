"""An archive on a real Ray cluster of two nodes, one of which is killed midway."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import fundusfm
from fundusfm.commands.exit_codes import of_statuses
from fundusfm.errors import ConfigError

ray = pytest.importorskip("ray", reason="Ray is not installed: pip install 'fundusfm[ray]'")
from ray.cluster_utils import Cluster as Nodes  # noqa: E402 - Ray may be missing

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def nodes() -> Iterator[Nodes]:
    """Two nodes of one core, as two machines would be: each with its own scheduler and workers."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        patch.setenv("RAY_worker_niceness", "0")  # Ray's own is 15: beside other work, its workers hardly start
        started = Nodes(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False})
        started.add_node(num_cpus=1)
        yield started
        ray.shutdown()
        started.shutdown()


def test_a_killed_node_loses_and_doubles_no_row(
    nodes: Nodes, bundle: str, photographs: list[Path], tmp_path: Path
) -> None:
    listed, part = tmp_path / "m.csv", tmp_path / "two.csv.part"
    listed.write_text("image\ngone.jpg\n" + "".join(f"{path}\n" for path in photographs * 8))
    local = fundusfm.predict(paths=[str(listed)], weights=bundle, out=str(tmp_path / "one.csv"), single_process=True)
    killed = []

    def kill_the_second_node_midway() -> None:
        while not (part.exists() and part.read_bytes().count(b"\n") > 1):
            time.sleep(0.02)
        killed.append(part.read_bytes().count(b"\n"))
        nodes.remove_node(nodes.worker_nodes.copy().pop(), allow_graceful=False)

    killer = threading.Thread(target=kill_the_second_node_midway)
    killer.start()
    table = fundusfm.predict(
        paths=[str(listed)], weights=bundle, out=str(tmp_path / "two.csv"), engine="ray", address=nodes.address
    )
    killer.join()
    assert of_statuses(table) == of_statuses(local) == 3
    assert 1 < killed[0] < len(photographs) * 8  # rows were still to come
    one, two = (pd.read_csv(tmp_path / name) for name in ("one.csv", "two.csv"))
    assert one[["image", "status"]].equals(two[["image", "status"]])
    assert np.allclose(one["abnormal.score"], two["abnormal.score"], atol=2e-6, equal_nan=True)


def test_an_address_without_a_cluster_is_a_sentence(bundle: str, photographs: list[Path], tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"No Ray cluster at 127\.0\.0\.1:1"):
        fundusfm.predict(
            paths=[str(photographs[0])],
            weights=bundle,
            out=str(tmp_path / "r.csv"),
            engine="ray",
            address="127.0.0.1:1",
        )
