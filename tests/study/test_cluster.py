"""A study on a real Ray cluster of two nodes, one of which is killed midway."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

import fundusfm
from fundusfm.errors import ConfigError
from fundusfm.study.calls import Call
from fundusfm.study.cluster import Cluster
from fundusfm.study.features import FeaturesConfig, extract_features
from fundusfm.study.jobs import Job
from fundusfm.study.record import read_record
from fundusfm.study.spec import Resources

ray = pytest.importorskip("ray", reason="Ray is not installed: pip install 'fundusfm[ray]'")
from ray.cluster_utils import Cluster as Nodes  # noqa: E402 - Ray may be missing


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


def test_a_killed_node_loses_no_cell(finished: Path, tmp_path: Path, nodes: Nodes) -> None:
    out = tmp_path / "out"
    killed = []

    def kill_the_second_node_while_both_work() -> None:
        jobs = out / "jobs" / "prepare"
        while len(list(jobs.glob("*.log"))) < 2:
            time.sleep(0.02)
        killed.append(not list(jobs.glob("*.json")))
        nodes.remove_node(nodes.worker_nodes.copy().pop(), allow_graceful=False)

    killer = threading.Thread(target=kill_the_second_node_while_both_work)
    killer.start()
    fundusfm.study(spec=str(finished / "study.yaml"), out=str(out), engine="ray", address=nodes.address)
    killer.join()
    assert killed == [True]  # each node has one core, so each was at one of the two jobs
    one, two = (pd.read_parquet(folder / "cells.parquet") for folder in (finished / "out", out))
    pd.testing.assert_frame_equal(one, two)
    for name in ("inside", "outside"):
        record = read_record(out, f"prepare/{name}-32px")
        assert record is not None
        assert record.status == "done"
