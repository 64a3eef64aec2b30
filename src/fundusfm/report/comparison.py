"""One page over several runs: what each strategy and method reaches, and where the models look."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import pandas as pd

from fundusfm.models.card.results import NAN, Estimate
from fundusfm.report import text
from fundusfm.report.curves import KINDS
from fundusfm.report.figures import IntervalRow, interval_figure
from fundusfm.report.images import picture
from fundusfm.report.page import Block, Fact, Facts, Gallery, Heading, Picture, Prose, Section, Strip, write_page
from fundusfm.report.paired import paired_tests
from fundusfm.report.panels import Panels, file_stem, shared_labels
from fundusfm.report.read import CV, Run, read_run, shared_unit
from fundusfm.report.run_report import data_table, environment
from fundusfm.report.style import Look, looks, strategy_order
from fundusfm.report.tables import PageCell, PageTable, mark_best, row_header

_LEGEND = (
    "LF: linear probe on frozen features; "
    "FF: full fine-tuning. Cross-validation: mean ± SD over folds, in brackets the 95 % interval by "
    "{unit}; external sets: value with its 95 % interval."
)


@dataclass(frozen=True)
class RunEntry:
    """A finished run and what it stands for."""

    strategy: str
    method: str
    task: str
    path: Path


@dataclass(frozen=True)
class CamRow:
    """Pictures of one photograph: as it is, its true lesion mask, and what raised the score."""

    caption: str
    photograph: Path
    mask: Path
    overlay: Path


@dataclass(frozen=True)
class _Entry:
    entry: RunEntry
    run: Run

    @property
    def key(self) -> str:
        """Label whose metrics stand for the run: its only one, or the mean over several."""
        return "macro" if len(self.run.labels) > 1 else next(iter(self.run.labels), "")

    def cell(self, name: str, metric: str = "auroc") -> Estimate | None:
        """Returns the run's main metric in a set."""
        return self.run.results(name).get(self.key, {}).get(metric)


def write_comparison(
    *,
    title: str,
    question: str,
    runs: Sequence[RunEntry],
    left_out: Mapping[str, str],
    methods: Sequence[str],
    limits: Sequence[str],
    out: Path,
    cams: Sequence[CamRow] = (),
    maps: Mapping[str, Path] | None = None,
    crops: Mapping[str, Path] | None = None,
    seconds: Mapping[str, float] | None = None,
) -> Path:
    """Writes a self-contained page that compares runs: question, data, methods, results, limits.

    Args:
        title: Title of the page.
        question: Question that the comparison answers, in a sentence or two.
        runs: Finished run folders; those of one task share data and folds.
        left_out: Strategies that could not run, with the reason.
        methods: Paragraphs on how the results came about, leakage included.
        limits: Limits of the results, a sentence each.
        out: The HTML file.
        cams: Activation maps beside true lesions.
        maps: Caption to a picture of an embedding.
        crops: Caption to a sheet of crops.
        seconds: Stage to its duration.

    Returns:
        `out`.

    Raises:
        RunFolderError: A path is no run folder.
        DecodeError: A picture is missing.
    """
    entries = [
        _Entry(entry, read_run(entry.path))
        for entry in sorted(runs, key=lambda entry: (strategy_order(entry.strategy), entry.method != "LF"))
    ]
    tasks = list(dict.fromkeys(entry.task for entry in runs))
    by_task = {task: [item for item in entries if item.entry.task == task] for task in tasks}
    style = looks(entry.entry.strategy for entry in entries)
    panels = Panels(out.parent / "figures", style=style)
    data: list[Block] = [data_table({task: found[0].run for task, found in by_task.items()})]
    data += [
        Gallery([Picture(picture(path, longest=1400), caption, caption)], "wide")
        for caption, path in (crops or {}).items()
    ]
    results: list[Block] = [_headline(by_task)]
    for task, found in by_task.items():
        results += [
            Heading(text.capital(task)),
            _strategy_table(task, found, left_out, style),
            *_label_tables(task, found, style),
            *[table for table in [paired_tests(text.capital(task), _by_method(found), style)] if table],
            *_figures(task, found, panels),
        ]
    seen: list[Block] = [
        Strip(
            row.caption,
            [
                Picture(picture(row.photograph), "photograph", "photograph"),
                Picture(picture(row.mask, lossless=True), "true lesions", "true lesions"),
                Picture(picture(row.overlay), "Grad-CAM overlay", "Grad-CAM"),
            ],
        )
        for row in cams
    ]
    seen += [
        Gallery([Picture(picture(path, longest=1100, lossless=True), caption, caption)], "wide")
        for caption, path in (maps or {}).items()
    ]
    sections = [
        Section("question", "Question", [Prose([question])]),
        Section("data", "Data", data),
        Section("methods", "Methods", [Prose(methods, bullets=True)]),
        Section("results", "Results", results),
        Section("looking", "What the models see", seen),
        Section("limits", "Limits", [Prose(limits, bullets=True)]),
        Section("time", "Time", [_times(seconds)] if seconds else []),
        Section("environment", "Environment", environment(entries[0].run) if entries else []),
    ]
    first = entries[0].run.card if entries else {}
    facts = [first.get("architecture"), first.get("size") and f"{first['size']} px", first.get("created")]
    return write_page(out, title=title, subtitle=" · ".join(str(fact) for fact in facts if fact), sections=sections)


def _headline(by_task: Mapping[str, Sequence[_Entry]]) -> Facts:
    """Returns the best result in cross-validation of each task, with what it reaches outside."""
    facts = []
    for task, found in by_task.items():
        best = max(found, key=lambda item: text.central(item.cell(CV)) or 0.0)
        outside = "; ".join(
            f"{text.set_name(name)} {text.with_interval(best.cell(name))}"
            for name in best.run.sets
            if name != CV and best.cell(name)
        )
        facts.append(
            Fact(
                f"Best AUROC, {task}: {best.entry.strategy}, {best.entry.method}",
                text.number(text.central(best.cell(CV))),
                f"{text.interval(best.cell(CV))}{'; ' if outside else ''}{outside}",
            )
        )
    return Facts(facts)


def _strategy_table(
    task: str, found: Sequence[_Entry], left_out: Mapping[str, str], style: Mapping[str, Look]
) -> PageTable:
    sets = list(dict.fromkeys(name for item in found for name in item.run.sets))
    columns = [(name, metric) for name in sets for metric in ("auroc", "auprc", "ece")]
    table = PageTable(
        f"{text.capital(task)}: strategies and methods.",
        ["Strategy", *(f"{text.metric_name(metric)}, {text.set_name(name)}" for name, metric in columns)],
        legend=_LEGEND.format(unit=shared_unit(item.run for item in found)),
    )
    for item in found:
        cells = [table.measured(item.cell(name, metric)) for name, metric in columns]
        table.rows.append([_header(item, style), *cells])
    for place, (name, metric) in enumerate(columns, start=1):
        mark_best(
            [row[place] for row in table.rows], [item.cell(name, metric) for item in found], lower=metric == "ece"
        )
    table.rows += [
        [row_header(strategy), PageCell(f"not run: {reason}", numeric=False, span=len(columns))]
        for strategy, reason in left_out.items()
    ]
    return table


def _by_method(found: Sequence[_Entry]) -> dict[str, dict[str, Run]]:
    methods = dict.fromkeys(item.entry.method for item in found)
    return {
        method: {item.entry.strategy: item.run for item in found if item.entry.method == method} for method in methods
    }


def _header(item: _Entry, style: Mapping[str, Look]) -> PageCell:
    strategy = item.entry.strategy
    return row_header(strategy, text.method_name(item.entry.method), style[strategy].colour)


def _label_tables(task: str, found: Sequence[_Entry], style: Mapping[str, Look]) -> list[PageTable]:
    """Returns AUROC by label, one table per set; none for a task of one label."""
    labels = shared_labels([item.run for item in found])
    tables = []
    for name in list(dict.fromkeys(name for item in found for name in item.run.sets)) if len(labels) > 1 else ():
        table = PageTable(f"{text.capital(task)}: AUROC by label, {text.set_name(name)}.", ["Strategy", *labels])
        columns = [[item.run.results(name).get(label, {}).get("auroc") for label in labels] for item in found]
        table.rows = [
            [_header(item, style), *map(table.measured, cells)] for item, cells in zip(found, columns, strict=True)
        ]
        for place in range(len(labels)):
            mark_best([row[place + 1] for row in table.rows], [cells[place] for cells in columns])
        tables.append(table)
    return tables


def _figures(task: str, found: Sequence[_Entry], panels: Panels) -> list[Block]:
    sets = list(dict.fromkeys(name for item in found for name in item.run.sets))
    labels = shared_labels([item.run for item in found])
    blocks: list[Block] = [Gallery([_interval_picture(task, sets, found, panels)], "chart")]
    many = replace(panels, small=len(labels) > 1)
    for method, series in _by_method(found).items():
        for name in sets:
            pictures = [
                many.curves(
                    kind,
                    series,
                    name,
                    label,
                    title=f"{label}, {method}",
                    stem=file_stem(kind, task, method, name, label),
                )
                for kind in KINDS
                for label in labels
            ]
            if len(labels) == 1:  # the diagram of every class would bury the curves; the table has the ECE
                stem = file_stem("calibration", task, method, name)
                title = f"{labels[0]}, {method}"
                pictures.append(panels.calibrations(series, name, labels[0], title=title, stem=stem))
            title = f"{text.capital(task)}, {method}, {text.set_name(name)}"
            if len(labels) == 1:
                blocks += [Heading(title), Gallery(pictures)]
            else:
                blocks.append(Gallery(pictures, "small", f"ROC and precision-recall curves by label: {title}"))
    return blocks


def _interval_picture(task: str, sets: Sequence[str], found: Sequence[_Entry], panels: Panels) -> Picture:
    rows = {
        text.set_name(name): [
            IntervalRow(item.entry.strategy, item.entry.method, *_ends(item.cell(name))) for item in found
        ]
        for name in sets
    }
    numbers = pd.DataFrame([{"set": name} | asdict(row) for name, shown in rows.items() for row in shown])
    return panels.picture(
        interval_figure(rows, style=panels.style),
        file_stem("intervals", task),
        numbers,
        alt=f"AUROC with 95 % intervals by strategy, {task}; the numbers are in the table above.",
        caption=f"AUROC, {task}, with its 95 % interval by {shared_unit(item.run for item in found)}.",
    )


def _ends(found: Estimate | None) -> tuple[float, float, float]:
    return (NAN, NAN, NAN) if found is None else (found.value, found.low, found.high)


def _times(seconds: Mapping[str, float]) -> PageTable:
    rows = [[row_header(stage), PageCell(text.duration(taken))] for stage, taken in seconds.items()]
    rows.append([row_header("all"), PageCell(text.duration(sum(seconds.values())))])
    return PageTable("Time of each stage on this machine.", ["Stage", "Time"], rows)
