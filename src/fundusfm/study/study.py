"""The work of `fundusfm study`."""

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import yaml

from fundusfm.config.study import StudyConfig
from fundusfm.errors import ConfigError
from fundusfm.runs import RunFolder, open_run, write_atomic
from fundusfm.study.check import check_study
from fundusfm.study.exhibits.build import write_exhibits
from fundusfm.study.jobs import Job, make_jobs
from fundusfm.study.local import InProcess, Processes
from fundusfm.study.overview import overview_text
from fundusfm.study.record import Record, is_done
from fundusfm.study.schedule import Engine, run_jobs
from fundusfm.study.spec import StudySpec, read_spec
from fundusfm.study.timing import job_times, time_left
from fundusfm.study.work import feature_cache


def run_study(config: StudyConfig) -> Path | None:
    """Runs the command; see `fundusfm.commands` for results and errors."""
    declared = read_spec(config.spec, data=config.data, imagenet_weights=config.imagenet_weights)
    if config.jobs is not None and config.jobs < 1:
        raise ConfigError(f"--jobs is {config.jobs}; it must be at least 1.")
    if config.address and config.engine != "ray":
        raise ConfigError(f"--address {config.address} is for --engine ray.")
    notes = check_study(declared)  # a wrong path or column must not be found out after hours
    plan, folder = make_jobs(declared, Path(config.out)), Path(config.out)
    if config.dry_run:
        print(*notes, sep="\n", end="\n\n" if notes else "")
        print(overview_text(declared, plan, folder, at_once=_at_once(config.jobs)))
        return None
    # The study's file may have grown since; each run folder below refuses other options than it was started with.
    run = open_run(
        config.out, command="study", config={"spec": declared.name}, overwrite=config.overwrite, resume=config.resume
    )
    for note in notes:
        run.log(note)
    engine = partial(_engine, config.engine, config.address, config.jobs)
    return _run(declared, plan, run, engine, at_once=_at_once(config.jobs))


def _run(declared: StudySpec, plan: list[Job], run: RunFolder, engine: Callable[[], Engine], *, at_once: int) -> Path:
    folder = run.path
    write_atomic(folder / "study.yaml", yaml.safe_dump(declared.model_dump(mode="json"), sort_keys=False))
    left = sum(not is_done(folder, job) for job in plan)
    run.log(f"study {declared.name}: {len(plan)} jobs, {left} to do")
    if left:
        place = engine()
        try:
            run_jobs(plan, folder, place, report=_Progress(run, plan, at_once))
        finally:
            place.close()
    with feature_cache(str((folder / "cache").absolute())):
        page = write_exhibits(declared, plan, folder, log=run.log)
    run.write_metrics(_summary(declared, plan, folder))
    run.log(f"study {declared.name}: {page}")
    return page


def _at_once(jobs: int | None) -> int:
    return jobs or os.cpu_count() or 1


def _engine(name: str, address: str | None, jobs: int | None) -> Engine:
    if name == "ray":
        from fundusfm.study.cluster import Cluster

        return Cluster(address)
    return InProcess() if _at_once(jobs) == 1 else Processes(_at_once(jobs))


class _Progress:
    """A line per finished job, with the time that is left if the others take as long as the finished ones."""

    def __init__(self, run: RunFolder, plan: list[Job], at_once: int) -> None:
        self._run, self._plan, self._at_once = run, {job.id: job for job in plan}, at_once

    def __call__(self, record: Record, finished: int, total: int) -> None:
        if record.status != "done":
            del self._plan[record.id]  # takes no more time
        left = time_left(job_times(list(self._plan.values()), self._run.path), at_once=self._at_once)
        what = f"{record.seconds:.0f} s" if record.status == "done" else f"{record.status.upper()}: {record.reason}"
        self._run.log(f"[{finished}/{total}{', ' if left else ''}{left}] {record.id}: {what}")


def _summary(declared: StudySpec, plan: list[Job], folder: Path) -> dict[str, Any]:
    """What `metrics.json` of the study says: how many cells there are; their numbers are in cells.parquet."""
    cells = [job for job in plan if job.cell is not None]
    return {"study": declared.name, "cells": len(cells), "cells_done": sum(is_done(folder, job) for job in cells)}
