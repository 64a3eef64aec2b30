"""A study on a real Ray cluster of two nodes, one of which is killed midway."""

import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest

import fundusfm
from fundusfm.errors import ConfigError
from fundusfm.study.calls import Call
from fundusfm.study.cluster import Cluster
from fundusfm.study.features import FeaturesConfig, extract_features
from fundusfm.study.jobs import Job
from fundusfm.study.record import Record
from fundusfm.study.spec import Resources

ray = pytest.importorskip("ray", reason="Ray is not installed: pip install 'fundusfm[ray]'")
from ray import cloudpickle  # noqa: E402
from ray.cluster_utils import Cluster as Nodes  # noqa: E402 - Ray may be missing

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def nodes() -> Iterator[Nodes]:
    """Two nodes of one core, as two machines would be: each with its own scheduler and workers."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        started = Nodes(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False})
        started.add_node(num_cpus=1)
        yield started
        ray.shutdown()
        started.shutdown()


def test_an_address_without_a_cluster_is_a_sentence() -> None:
    with pytest.raises(ConfigError, match=r"No Ray cluster at 127\.0\.0\.1:1"):
        Cluster("127.0.0.1:1")


def test_a_job_too_large_for_every_machine_is_refused(tmp_path: Path, nodes: Nodes) -> None:
    engine = Cluster(nodes.address)
    job = Job(
        "big",
        "FF",
        Call(extract_features, FeaturesConfig(weights="", store="")),
        (),
        "",
        "cache",
        resources=Resources(cpus=64),
    )
    with pytest.raises(ConfigError, match=r"FF jobs take 64 CPUs .* no machine of the cluster has them"):
        engine.submit(job, str(tmp_path / "log"))
    engine.close()


@dataclass(frozen=True)
class MeetingConfig:
    """A job that waits for the other.

    Attributes:
        folder: Where each attempt leaves its node's name.
        name: Of the job.
    """

    folder: str
    name: str


def meet(config: MeetingConfig) -> None:
    """Writes where it runs, and ends once the file `NAME.go` is there."""
    folder = Path(config.folder)
    node = ray.get_runtime_context().get_node_id()
    (folder / f"{config.name}-{time.monotonic_ns()}").write_text(node)
    while not (folder / f"{config.name}.go").exists():
        time.sleep(0.05)


def test_a_job_of_a_killed_node_is_done_by_another(tmp_path: Path, nodes: Nodes) -> None:
    cloudpickle.register_pickle_by_value(sys.modules[__name__])  # the nodes do not know the tests
    engine = Cluster(nodes.address)
    jobs = [
        Job(name, "features", Call(meet, MeetingConfig(str(tmp_path), name)), (), "", str(tmp_path / "cache"))
        for name in ("one", "two")
    ]
    for job in jobs:
        engine.submit(job, str(tmp_path / "logs" / f"{job.id}.log"))
    started = _wait_for_attempts(tmp_path, 2)
    assert len(set(started.values())) == 2, "each node has one core, so each is at one of the two jobs"
    nodes.remove_node(nodes.worker_nodes.copy().pop(), allow_graceful=False)
    head = ray.get_runtime_context().get_node_id()
    (kept,) = (attempt.partition("-")[0] for attempt, node in started.items() if node == head)
    (tmp_path / f"{kept}.go").touch()
    again = _wait_for_attempts(tmp_path, 3)
    assert set(again.values()) == set(started.values()), "the other job runs again on the node that is left"
    (tmp_path / ("two.go" if kept == "one" else "one.go")).touch()
    records: list[Record] = []
    while len(records) < 2:
        records += engine.wait()
    engine.close()
    assert {record.id: record.status for record in records} == {"one": "done", "two": "done"}


def _wait_for_attempts(folder: Path, count: int) -> dict[str, str]:
    deadline = time.monotonic() + 900
    while True:
        found = {path.name: node for path in folder.glob("*-*") if (node := path.read_text())}
        if len(found) >= count:
            return found
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_study_on_a_cluster_gives_what_one_process_gives(finished: Path, tmp_path: Path, nodes: Nodes) -> None:
    out = tmp_path / "out"
    fundusfm.study(spec=str(finished / "study.yaml"), out=str(out), engine="ray", address=nodes.address)
    one, two = (pd.read_parquet(folder / "cells.parquet") for folder in (finished / "out", out))
    pd.testing.assert_frame_equal(one, two)
