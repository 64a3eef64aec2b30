"""The work of `fundusfm compare`: tables and figures from finished runs on the same photographs."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from typing import Literal

import pandas as pd

from fundusfm.config.evaluate import CompareConfig
from fundusfm.errors import ConfigError, EvaluationError, RunFolderError
from fundusfm.evaluation.compare import read_predictions
from fundusfm.evaluation.few import PAIRED
from fundusfm.evaluation.metrics import NEEDS_THRESHOLD
from fundusfm.evaluation.protocol import MACRO
from fundusfm.evaluation.table import CV, image_keys, set_names
from fundusfm.evaluation.weighted import YOUDEN
from fundusfm.models.card.results import NAN
from fundusfm.report import text
from fundusfm.report.figures import IntervalRow, interval_figure
from fundusfm.report.page import Block, Gallery, Prose, Section, write_page
from fundusfm.report.panels import Panels, file_stem
from fundusfm.report.read import Run, read_run
from fundusfm.report.run_report import data_table
from fundusfm.report.style import Look, looks
from fundusfm.report.tables import MAIN_METRICS, THRESHOLD_RULE, PageTable, row_header
from fundusfm.runs import named_run, open_run, write_atomic
from fundusfm.study.exhibits.exhibit import Exhibit
from fundusfm.study.exhibits.labels_table import labels_tables
from fundusfm.study.exhibits.paired import against_reference
from fundusfm.study.exhibits.row_facts import Facts, RowFacts, numbers_with_facts, run_facts, warnings_of
from fundusfm.study.exhibits.strategies_table import signed, strategies_table
from fundusfm.study.matrix import Cell
from fundusfm.study.results import cells_frame, result_rows, whole

_LONGEST_TASK = 60
_METHODS = (
    "Folds are grouped by patient; a fold's thresholds and temperature come from the other folds, and external sets "
    "tune nothing. Cross-validation: mean ± SD over folds; external sets: the value of the network fitted on all "
    "patients. Intervals are 95 % percentiles of 1,000 resamplings of patients.",
    "Rows are tested against the reference on the same photographs: the patients are resampled for both at once, p is "
    "twice the share of resamplings on the far side of no difference (at least 0.002), and Holm corrects it for all "
    "tests of a table and set. Δ is the difference of the values shown. A label is tested where both classes have at "
    f"least {PAIRED} patients, and a mean of labels over those.",
)


@dataclass(frozen=True)
class ComparedRun:
    """A finished run and the row it stands for.

    Attributes:
        name: Name of the row.
        run: The run.
        cell: Where it stands in a table: task, method, name, backbone, size.
    """

    name: str
    run: Run
    cell: Cell

    @cached_property
    def facts(self) -> RowFacts:
        """What the run says besides its numbers."""
        return run_facts(self.run)


def run_compare(config: CompareConfig) -> pd.DataFrame:
    """Runs the command; see `fundusfm.commands` for results and errors."""
    compared = [_read(entry) for entry in config.runs]
    _refuse_twice(compared)
    reference = config.reference or compared[0].name
    if reference not in [item.name for item in compared]:
        raise ConfigError(
            f"--reference {reference}: no run has that name; there are "
            f"{', '.join(dict.fromkeys(item.name for item in compared))}."
        )
    tasks: dict[str, list[ComparedRun]] = defaultdict(list)
    for item in compared:
        tasks[item.cell.task].append(item)
    for task, found in tasks.items():
        if len(found) == 1:
            raise ConfigError(f"{found[0].run.path} is the only run of {task}: give at least two of a task.")
        _refuse_other_rows(found)
    style = _style(compared)
    folder = open_run(config.out, command="compare", config=config, overwrite=config.overwrite)
    warnings = [warning for found in tasks.values() for warning in warnings_of(_facts(found))]
    for warning in warnings:
        folder.log(f"WARNING: {warning}")
    exhibits = [exhibit for found in tasks.values() for exhibit in _exhibits(found, reference, style)]
    for exhibit in exhibits:
        exhibit.write(folder.path)
    numbers = pd.concat([_numbers(found) for found in tasks.values()], ignore_index=True)
    write_atomic(folder.path / "results.csv", numbers.to_csv(index=False, float_format="%.6g", lineterminator="\n"))
    page = write_page(
        folder.path / "report.html",
        title="Comparison of networks",
        subtitle=f"Reference: {reference}",
        sections=[
            Section("data", "Data", [data_table({task: found[0].run for task, found in tasks.items()})]),
            Section("methods", "Methods", [Prose(_METHODS)]),
            Section("warnings", "Not unseen data", [Prose(warnings, bullets=True)] if warnings else []),
            Section("results", "Results", [block for exhibit in exhibits for block in exhibit.blocks()]),
            Section("curves", "Curves", _curves(tasks, Panels(folder.path / "figures", style=style))),
        ],
    )
    folder.write_metrics({"reference": reference, "runs": [str(item.run.path) for item in compared], "notes": warnings})
    folder.log(f"compare: {page}, and tables to paste in {folder.path / 'tables'}")
    return numbers


def _read(entry: str) -> ComparedRun:
    """Reads `RUN` or `NAME=RUN`."""
    name, path = named_run(entry)
    run = read_run(path)
    if not run.finished or run.method not in ("LF", "FF") or run.command not in ("probe", "finetune"):
        what = f"a run of {run.command}" if run.finished else "not finished"
        raise RunFolderError(f"{path} is {what}: give finished runs of fundusfm probe or fundusfm finetune.")
    labels, kind = run.labels, run.config.get("task", "binary")
    task = labels[0] if kind == "binary" else text.short(f"{len(labels)} labels ({', '.join(labels)})", _LONGEST_TASK)
    fraction = float(run.config.get("fraction", 1.0))
    size = int(run.card.get("size", 0))
    method: Literal["LF", "FF"] = "LF" if run.method == "LF" else "FF"
    return ComparedRun(name, run, Cell(task, method, name, str(run.card.get("architecture", "")), size, fraction, 0))


def _style(compared: Sequence[ComparedRun]) -> dict[str, Look]:
    """Returns the look of each network in the whole report, by its name with and without `†`."""
    style = looks(item.name for item in compared)
    return style | {signed(name, True): look for name, look in style.items()}


def _refuse_twice(compared: Sequence[ComparedRun]) -> None:
    seen: dict[tuple[str, str, str], ComparedRun] = {}
    for item in compared:
        before = seen.setdefault((item.name, item.cell.method, item.cell.task), item)
        if before is not item:
            raise ConfigError(
                f"{before.run.path} and {item.run.path} are both called {item.name}: name them, such as "
                f"first={before.run.path} second={item.run.path}."
            )


def _refuse_other_rows(found: Sequence[ComparedRun]) -> None:
    """Refuses runs that judged other photographs, in other folds, by other labels, or learnt from fewer patients."""
    first, *others = found
    for item in others:
        differences = list(_differences(first, item))
        if differences:
            raise EvaluationError(
                f"{item.run.path} cannot be compared with {first.run.path}: {'; '.join(differences)}. Run both with "
                "the same --data, --select, --labels, --folds and --seed.",
                code="OTHER-ROWS",
            )


def _differences(first: ComparedRun, second: ComparedRun) -> Iterator[str]:
    """Yields what differs, with numbers and an example."""
    if first.cell.fraction != second.cell.fraction:
        yield f"fraction {second.cell.fraction:g} of the training patients, not {first.cell.fraction:g}"
    frames = [read_predictions(item.run.path) for item in (first, second)]
    for name in [name for name in set_names(frames[0]) if name in set_names(frames[1])]:
        keyed = []
        for frame in frames:
            rows = frame[frame["set"] == name]
            keyed.append(rows.assign(key=image_keys(rows)).set_index(["key", "label"])[["image", "fold", "truth"]])
        where, (one, two) = text.set_name(name), keyed
        for more, less, sign in ((one, two, "lacks"), (two, one, "adds")):
            extra = more.index.difference(less.index).get_level_values(0).unique()
            if len(extra):
                example = more.loc[extra[0], "image"].iloc[0]
                yield f"{where}: it {sign} {len(extra)} photographs, such as {example}"
        shared = one.index.intersection(two.index)
        one, two = one.loc[shared], two.loc[shared]
        for column, what in (("truth", "have another truth"), ("fold", "are in another fold")):
            if column == "fold" and name != CV:
                continue
            moved = (one[column] != two[column]) & ~(one[column].isna() & two[column].isna())
            if moved.any():
                photographs = one.loc[moved, "image"].unique()
                yield f"{where}: {len(photographs)} photographs {what}, such as {photographs[0]}"


def _facts(found: Sequence[ComparedRun]) -> Facts:
    """Returns what is to be said of the rows of a task."""
    return {(item.name, item.cell.method): item.facts for item in found}


def _numbers(found: Sequence[ComparedRun]) -> pd.DataFrame:
    """Returns a row per run, set, label and metric, in the columns of a study's cells, and `operating_point`."""
    rows = [
        asdict(item.cell) | {"status": "done", "run": str(item.run.path)} | row
        for item in found
        for row in result_rows(item.run.all_results)
    ]
    numbers = cells_frame(rows)
    points = numbers["metric"].str.partition("@")[2].where(~numbers["metric"].isin(NEEDS_THRESHOLD), YOUDEN)
    return numbers_with_facts(numbers.assign(operating_point=points), _facts(found))


def _exhibits(found: Sequence[ComparedRun], reference: str, style: Mapping[str, Look]) -> Iterator[Exhibit]:
    """Yields the tables of a task and the figure of its AUROCs."""
    task, numbers = found[0].cell.task, _numbers(found)
    rows = whole(numbers)
    runs = {item.cell: item.run.path for item in found}
    tests = against_reference(runs, reference, apart=("strategy", "backbone", "size"))
    label = MACRO if (rows["label"] == MACRO).any() else str(rows["label"].iloc[0])
    shown = "mean of labels" if label == MACRO else label
    facts = _facts(found)
    table = strategies_table(
        task, rows, tests, label=label, reference=reference, style=style, named="Network", shown=shown, facts=facts,
    )  # fmt: skip
    yield replace(table, id=_stem("auroc", task), title=f"AUROC of {task}")
    if label == MACRO:
        for exhibit in labels_tables(task, rows, tests, reference=reference, facts=facts):
            method = exhibit.id.rpartition("-")[2]
            title = f"AUROC by label, {text.method_name(method)}"
            yield replace(exhibit, id=_stem("labels", task, method), title=title)
    yield _metrics_exhibit(task, label, found, style)
    yield _interval_exhibit(task, label, found, style)


def _metrics_exhibit(task: str, label: str, found: Sequence[ComparedRun], style: Mapping[str, Look]) -> Exhibit:
    table = PageTable(
        f"Further metrics of {task}: mean ± SD over folds or value, 95 % interval by {found[0].run.unit[:-1]}. "
        f"{THRESHOLD_RULE}",
        ["Network", *map(text.metric_name, MAIN_METRICS)],
    )
    sets = list(dict.fromkeys(name for item in found for name in item.run.sets))
    for name in sets:
        for item in found:
            cells = [table.measured(item.run.results(name).get(label, {}).get(key)) for key in MAIN_METRICS]
            architecture = [item.cell.backbone] * (item.cell.backbone not in ("", item.name))
            detail = ", ".join([text.method_name(item.cell.method), *architecture, text.set_name(name)])
            name_shown = signed(item.name, bool(item.facts.warning))
            table.rows.append([row_header(name_shown, detail, style[item.name].colour), *cells])
    numbers = _numbers(found)
    numbers = numbers[numbers["fold"].isna() & numbers["metric"].isin(MAIN_METRICS)]
    table.legend = " ".join(filter(None, [table.legend, *warnings_of(_facts(found))]))
    return Exhibit(_stem("metrics", task), f"Further metrics of {task}", numbers, table=table)


def _interval_exhibit(task: str, label: str, found: Sequence[ComparedRun], style: Mapping[str, Look]) -> Exhibit:
    panels: dict[str, list[IntervalRow]] = defaultdict(list)
    for item in found:
        for name in item.run.sets:
            cell = item.run.results(name).get(label, {}).get("auroc")
            ends = (NAN, NAN, NAN) if cell is None else (cell.value, cell.low, cell.high)
            panels[text.set_name(name)].append(
                IntervalRow(signed(item.name, bool(item.facts.warning)), item.cell.method, *ends)
            )
    numbers = pd.DataFrame([{"set": name} | asdict(row) for name, shown in panels.items() for row in shown])
    return Exhibit(
        _stem("intervals", task),
        f"AUROC of {task} with its 95 % interval",
        numbers,
        figure=interval_figure(panels, style=style),
        text=warnings_of(_facts(found)),
        alt="AUROC with 95 % intervals by network; the numbers are in the table above.",
    )


def _stem(*parts: str) -> str:
    """Returns the name of an exhibit's files, without blanks."""
    return re.sub(r"[ ,()]+", "-", file_stem(*parts)).replace("-_", "_").rstrip("-")


def _curves(tasks: Mapping[str, Sequence[ComparedRun]], panels: Panels) -> list[Block]:
    """ROC and reliability curves of tasks of one label; the others would need too many."""
    blocks: list[Block] = []
    for found in tasks.values():
        labels = found[0].run.labels
        if len(labels) > 1:
            continue
        for method in dict.fromkeys(item.cell.method for item in found):
            runs = {item.name: item.run for item in found if item.cell.method == method}
            for name in dict.fromkeys(name for run in runs.values() for name in run.sets):
                title = f"{labels[0]}, {method}, {text.set_name(name)}"
                stem = (labels[0], method, name)
                blocks.append(
                    Gallery(
                        [
                            panels.curves("roc", runs, name, labels[0], title=title, stem=file_stem("roc", *stem)),
                            panels.calibrations(
                                runs, name, labels[0], title=title, stem=file_stem("calibration", *stem)
                            ),
                        ]
                    )
                )
    return blocks
