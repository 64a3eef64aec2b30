"""The engine for several machines: a Ray cluster."""

from typing import Any

from fundusfm.errors import ConfigError
from fundusfm.screening.cluster import connect
from fundusfm.study.jobs import Job
from fundusfm.study.record import Record
from fundusfm.study.work import perform

_RETRIES = 3


class Cluster:
    """Jobs as Ray tasks, each where the cores and GPUs that it declares are free.

    All machines must see the study's folder and the photographs under the same paths. A task whose machine or process
    dies is started again elsewhere, up to three times, and continues from what it had written.

    Args:
        address: Address of the head node; `auto` for the cluster that this machine belongs to; None to start one here.

    Raises:
        MissingExtraError: Ray is not installed.
        ConfigError: There is no cluster at the address.
    """

    def __init__(self, address: str | None = None) -> None:
        ray = connect(address)
        self._ray: Any = ray
        self._task = ray.remote(perform)
        self._running: dict[Any, Job] = {}

    def submit(self, job: Job, log: str) -> None:
        """Hands the job to Ray.

        Raises:
            ConfigError: No machine of the cluster is large enough for it.
        """
        wanted = {"CPU": job.resources.cpus, "GPU": job.resources.gpus}
        nodes = [node["Resources"] for node in self._ray.nodes() if node["Alive"]]
        if not any(all(node.get(kind, 0) >= amount for kind, amount in wanted.items()) for node in nodes):
            raise ConfigError(
                f"{job.kind} jobs take {wanted['CPU']:g} CPUs and {wanted['GPU']:g} GPUs, and no machine of the "
                "cluster has them: lower `resources` in the study, or add a machine."
            )
        options = {"num_cpus": wanted["CPU"], "num_gpus": wanted["GPU"], "max_retries": _RETRIES, "name": job.id}
        self._running[self._task.options(**options).remote(job, log)] = job

    def wait(self) -> list[Record]:
        """Waits for the next to finish."""
        finished, _ = self._ray.wait(list(self._running), num_returns=1)
        return [self._record(reference) for reference in finished]

    def close(self) -> None:
        """Leaves the cluster; one that was started here ends, and what still runs in it."""
        for reference in self._running:
            self._ray.cancel(reference, force=True)
        self._ray.shutdown()

    def _record(self, reference: Any) -> Record:
        job = self._running.pop(reference)
        try:
            record: Record = self._ray.get(reference)
        except self._ray.exceptions.RayError as error:
            reason = f"Ray gave up after {_RETRIES} more attempts: {' '.join(str(error).split())[:300]}"
            return Record(job.id, "failed", reason, call=job.digest)
        return record
