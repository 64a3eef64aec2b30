"""Builds the tables, figures and report of a study from its run folders."""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import pandas as pd

from fundusfm.config.shared import AdaptationConfig
from fundusfm.errors import FundusFMError
from fundusfm.evaluation.compare import read_predictions
from fundusfm.parquet import write_parquet
from fundusfm.report.page import Block, Prose, Section, write_page
from fundusfm.report.style import Look, looks, strategy_order
from fundusfm.report.tables import PageTable, row_header, words
from fundusfm.study.exhibits.cam_grid import cam_grid
from fundusfm.study.exhibits.cohorts import cohort_table, nameless_text, study_groups
from fundusfm.study.exhibits.costs import cost_exhibit
from fundusfm.study.exhibits.curves import fraction_figures, label_saving_exhibit, size_figures
from fundusfm.study.exhibits.exhibit import Exhibit
from fundusfm.study.exhibits.feature_maps import feature_maps
from fundusfm.study.exhibits.labels_table import labels_tables
from fundusfm.study.exhibits.leakage import find_leaks, leakage_text
from fundusfm.study.exhibits.main_cells import main_cells
from fundusfm.study.exhibits.methods_text import methods_text
from fundusfm.study.exhibits.strategies_table import main_size, strategies_table
from fundusfm.study.exhibits.vessels import vessel_exhibits
from fundusfm.study.jobs import Job
from fundusfm.study.matrix import Cell
from fundusfm.study.results import collect, whole
from fundusfm.study.spec import StudySpec, TaskSpec
from fundusfm.study.timing import job_times
from fundusfm.training.cohort import read_training


def write_exhibits(spec: StudySpec, jobs: Sequence[Job], out: Path, *, log: Callable[[str], None]) -> Path:
    """Writes `cells.parquet`, `tables/`, `figures/` and `report.html` from what is finished.

    Args:
        spec: The study.
        jobs: All its jobs.
        out: The study's folder.
        log: Takes a line where an exhibit cannot be made.

    Returns:
        The report's path.
    """
    cells = collect(jobs, out)
    write_parquet(out / "cells.parquet", cells)
    runs = _runs(cells, jobs)
    groups = study_groups(spec, out)
    leaks, photographs = find_leaks(groups, out, workers=os.cpu_count() or 1)
    drawn = cells["task"].isin(list(spec.vessels))
    rows = whole(cells[~drawn])
    style = looks(job.cell.strategy for job in jobs if job.cell)
    main, maps = list(_main_tables(spec, rows, runs, style)), list(_map_figures(spec, rows, runs, jobs, log))
    saving = label_saving_exhibit(rows)
    curves = [*size_figures(rows, style), *fraction_figures(rows, style), *([saving] if saving else [])]
    curves += vessel_exhibits(cells[drawn], runs, style)
    cohort, cost = cohort_table(groups), cost_exhibit(job_times(jobs, out))
    for exhibit in (cohort, *main, *curves, *maps, cost):
        exhibit.write(out)
    sections = [
        Section("question", "Question", [Prose([spec.question])]),
        Section("data", "Data", [*cohort.blocks(), Prose([*nameless_text(groups), *leakage_text(leaks, photographs)])]),
        Section("methods", "Methods", [Prose(methods_text(spec))]),
        Section("results", "Results", [block for exhibit in (*main, *curves) for block in exhibit.blocks()]),
        Section("maps", "What the models see", [block for exhibit in maps for block in exhibit.blocks()]),
        Section("missing", "Cells without a result", _missing(cells)),
        Section("costs", "Costs", cost.blocks()),
        Section("limits", "Limits", [Prose(spec.limits, bullets=True)] if spec.limits else []),
    ]
    return write_page(out / "report.html", title=spec.title, subtitle=f"Study {spec.name}", sections=sections)


def _runs(cells: pd.DataFrame, jobs: Sequence[Job]) -> dict[Cell, Path]:
    """Finished cells and their run folders."""
    done = set(cells.loc[cells["status"] == "done", "run"])
    return {job.cell: job.folder for job in jobs if job.cell and f"cells/{job.cell.name}" in done}


def _main_tables(
    spec: StudySpec, rows: pd.DataFrame, runs: dict[Cell, Path], style: Mapping[str, Look]
) -> Iterator[Exhibit]:
    """Table 2 for every task of one label, Table 3 for every task of several."""
    for name, task in spec.tasks.items():
        main = main_cells(name, rows, runs)
        if main is None:
            continue
        if _single(task):
            label = str(main.rows["label"].iloc[0])  # `abnormal=Diagnosis!=normal` is called abnormal
            yield strategies_table(
                name, main.rows, main.tests, label=label, reference=main.reference, style=style, facts=main.facts
            )
        else:
            yield from labels_tables(name, main.rows, main.tests, reference=main.reference, facts=main.facts)


def _single(task: TaskSpec) -> bool:
    return task.task == "binary"


def _map_figures(
    spec: StudySpec,
    rows: pd.DataFrame,
    runs: dict[Cell, Path],
    jobs: Sequence[Job],
    log: Callable[[str], None],
) -> Iterator[Exhibit]:
    """Figures 2B and 3, from the linear probes (else the fine-tuned networks) on all patients."""
    several = [name for name, task in spec.tasks.items() if not _single(task)]
    name = spec.maps.task or (several or list(spec.tasks))[0]
    full = rows[(rows["task"] == name) & (rows["fraction"] == 1)]
    if full.empty:
        return
    method = "LF" if (full["method"] == "LF").any() else "FF"
    backbone = str(full["backbone"].iloc[0])
    size = main_size(full[(full["method"] == method) & (full["backbone"] == backbone)])
    shown: tuple[object, ...] = (name, method, size, 1, spec.matrix.seeds[0])
    found: dict[str, tuple[Cell, Path]] = {
        cell.strategy: (cell, run)
        for cell, run in runs.items()
        if (cell.task, cell.method, cell.size, cell.fraction, cell.seed) == shown
        and (cell.backbone == backbone or cell.strategy in spec.weights)
    }
    found = dict(sorted(found.items(), key=lambda item: strategy_order(item[0])))
    task = spec.tasks[name]
    adapted = {strategy: _adaptation(jobs, cell) for strategy, (cell, _) in found.items()}
    data = next(iter(adapted.values())).data
    try:
        training = read_training(data, task.labels, task=task.task, expression=task.select, log=log)
        grid = cam_grid(
            training.store,
            {strategy: read_predictions(run) for strategy, (_, run) in found.items()},
            {strategy: run / "bundle" for strategy, (_, run) in found.items()},
            training.targets.labels,
            per_label=spec.maps.photographs,
        )
        if grid:
            yield Exhibit(
                "figure-2b-cams",
                f"Figure 2B. Grad-CAM by disease ({method}, {size} px)",
                grid[1],
                picture=grid[0],
                text=[
                    "Each row is the photograph with that label that the models together rank highest. Below each "
                    "overlay: its score out of fold; the map is of the bundle fitted on all patients, scaled to its "
                    "own maximum."
                ],
                alt="Grad-CAM overlays, a row per disease and a column per strategy.",
            )
        pretrained = {strategy: Path(config.weights) for strategy, config in adapted.items()}
        yield feature_maps(
            training.store,
            training.rows,
            pretrained,
            task.labels,
            task.task,
            points=spec.maps.points,
            seed=spec.matrix.seeds[0],
        )
    except FundusFMError as error:
        log(f"a figure of photographs is left out: {error}")


def _adaptation(jobs: Sequence[Job], cell: Cell) -> AdaptationConfig:
    """Returns the options of a cell that adapts a backbone."""
    config = next(job.call.config for job in jobs if job.cell == cell)
    assert isinstance(config, AdaptationConfig)
    return config


def _missing(cells: pd.DataFrame) -> list[Block]:
    """Cells that failed, wait for one that did, or were not run."""
    rest = cells[cells["status"] != "done"]
    if rest.empty:
        return []
    table = PageTable("Cells without a result.", ["Cell", "Status", "Reason"])
    table.rows = [
        [row_header(str(row.run).removeprefix("cells/")), words(str(row.status)), words(str(row.reason))]
        for row in rest.itertuples()
    ]
    return [table]
