"""Runs one job, in any process and on any machine."""

import os
import shutil
import socket
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path

from fundusfm.errors import FundusFMError
from fundusfm.models.engine.devices import limit_threads
from fundusfm.report.run_report import write_run_report
from fundusfm.study.jobs import Job
from fundusfm.study.record import Record

_RUNS = ("pretrain", "LF", "FF", "segment")
_CACHE = "FUNDUSFM_CACHE"


def perform(job: Job, log: str) -> Record:
    """Calls the job's function and says what became of it.

    Whatever goes wrong in one cell is its own result: a study of hundreds of cells must not end with one of them.

    Args:
        job: Job to do.
        log: File that takes everything it prints.
    """
    started = time.monotonic()
    status, reason = "done", ""
    Path(log).parent.mkdir(parents=True, exist_ok=True)
    with (
        Path(log).open("a", encoding="utf-8", newline="\n") as file,
        redirect_stdout(file),
        redirect_stderr(file),
        feature_cache(job.cache),
    ):
        try:
            _share_cores(job)
            job.call()
            if job.kind in _RUNS:
                write_run_report(job.folder)
            _remove_spare_weights(job)
        except FundusFMError as error:
            status, reason = "failed", str(error)
        except Exception as error:  # noqa: BLE001 - a bug in one cell is recorded with its traceback, the rest goes on
            traceback.print_exc()
            status, reason = "failed", f"{type(error).__name__}: {error} (traceback in {log})"
    return Record(
        id=job.id,
        status="done" if status == "done" else "failed",
        reason=reason,
        seconds=time.monotonic() - started,
        host=socket.gethostname(),
        call=job.digest,
    )


def _share_cores(job: Job) -> None:
    """Uses as many threads as the job declares, wherever it runs: sums in another order have other last digits."""
    import torch

    count = max(1, int(job.resources.cpus))
    torch.set_num_threads(count)
    limit_threads(count)


def _remove_spare_weights(job: Job) -> None:
    """Keeps the weights of cells on all patients only: the others are there for their predictions."""
    if job.cell is not None:
        for name in ("checkpoints", *(("bundle",) if job.cell.fraction < 1 else ())):
            shutil.rmtree(job.folder / name, ignore_errors=True)


@contextmanager
def feature_cache(folder: str) -> Iterator[None]:
    """Keeps shared features in the study's folder, which every machine sees."""
    before = os.environ.get(_CACHE)
    os.environ[_CACHE] = folder
    try:
        yield
    finally:
        if before is None:
            del os.environ[_CACHE]
        else:
            os.environ[_CACHE] = before
