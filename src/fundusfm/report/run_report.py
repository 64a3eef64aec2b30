"""`report.html` of one run folder, made from its files alone."""

import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from fundusfm.models.card.referral import REFERRAL
from fundusfm.models.card.results import NAN, Estimate
from fundusfm.report import text
from fundusfm.report.confusion import confusion
from fundusfm.report.curves import KINDS
from fundusfm.report.figures import learning_curve_figure
from fundusfm.report.page import Block, Fact, Facts, Gallery, Heading, Prose, Section, write_page
from fundusfm.report.paired import paired_table
from fundusfm.report.panels import Panels, file_stem
from fundusfm.report.read import CV, Run, named_patients, read_run, shared_unit, whose
from fundusfm.report.referral import gain_table, referral_table
from fundusfm.report.structures import structure_blocks, structure_facts
from fundusfm.report.tables import (
    PageCell,
    PageTable,
    counted,
    flat,
    key_values,
    metric_tables,
    operating_point_table,
    row_header,
    subgroup_tables,
    words,
)
from fundusfm.runs import first_process

_TITLES = {
    "pretrain": "Pretraining",
    "probe": "Linear probe (LF)",
    "finetune": "Fine-tuning (FF)",
    "adapt": "Adaptation",
    "evaluate": "Evaluation",
    "segment train": "Vessel segmentation",
    "segment evaluate": "Vessel segmentation, evaluation",
}
_OWN_TABLES = ("cv", "external", "subgroups", "paired", "second_observer", "gain", REFERRAL)
_MANY = 2
_NO_PATIENTS = (
    "The data name no patient, so folds and intervals are by photograph: two photographs of one person can be in the "
    "training and in the test part, and the results may then be too good."
)
_UNKNOWN = "the data name no patient"


def write_run_report(run: str | Path) -> Path:
    """Writes `report.html` into a run folder, and its figures as PNG, SVG and CSV into `figures/`.

    Whatever the run did not leave (no predictions, no history, an undefined metric) is left out or said, never
    invented.

    Args:
        run: Folder written by `fundusfm pretrain`, `probe`, `finetune`, `evaluate` or `segment`.

    Returns:
        Path of the page; one self-contained file.

    Raises:
        RunFolderError: There is no run in the folder.
    """
    found = read_run(run)
    panels = Panels(found.path / "figures")
    sections = [
        Section("summary", "Summary", _summary(found)),
        Section("data", "Data", _data(found)),
        Section("methods", "Methods", _methods(found)),
        Section("results", "Results", _results(found, panels)),
        Section("subgroups", "Subgroups", list(subgroup_tables(found))),
        Section("limits", "Limits", [Prose(_limits(found), bullets=True)]),
        Section("environment", "Environment", environment(found)),
    ]
    title = f"{_TITLES.get(found.command, 'Run')}: {found.card.get('name') or found.path.resolve().name}"
    facts = [
        found.strategy and f"strategy {found.strategy}",
        found.method and f"method {found.method}",
        found.card.get("architecture"),
        found.card.get("size") and f"{found.card['size']} px",
        found.card.get("created"),
    ]
    return write_page(
        found.path / "report.html",
        title=title,
        subtitle=" · ".join(str(fact) for fact in facts if fact),
        sections=sections,
    )


def _summary(run: Run) -> list[Block]:
    facts = structure_facts(run)
    for name in run.sets:
        results = run.results(name)
        key = "macro" if len(run.labels) > 1 and results.get("macro") else next(iter(run.labels), "")
        cell = results.get(key, {}).get("auroc")
        if cell:
            of = "mean over labels" if key == "macro" else key
            facts.append(
                Fact(
                    f"AUROC, {of}, {text.set_name(name)}",
                    text.number(text.central(cell)),
                    text.interval(cell) or cell.reason or "",
                )
            )
    if not facts and not run.history.empty and "val_auroc" in run.history and run.history["val_auroc"].notna().any():
        best = run.history.iloc[int(run.history["val_auroc"].argmax())]
        facts.append(Fact("Best validation AUROC", text.number(float(best["val_auroc"])), f"epoch {best['epoch']:.0f}"))
    if "seconds" in run.history and not run.history.empty:
        facts.append(
            Fact("Training time", text.duration(float(run.history["seconds"].sum())), f"{len(run.history)} epochs")
        )
    # Sets of an adaptation are the same photographs, before and after.
    scored = run.scored.drop_duplicates(["dataset", "image"]) if run.command == "adapt" else run.scored
    if not scored.empty:
        facts.append(Fact("Photographs scored", f"{len(scored)}", whose(scored)))
    said = [] if run.finished else ["This run has no metrics.json: it is not finished, or it was stopped."]
    if run.unit == "photographs":
        said.append(_NO_PATIENTS)
    said += [f"WARNING: {note}." for note in run.unseen_notes]
    return [*([Prose(said)] if said else []), *([Facts(facts)] if facts else [])]


def _data(run: Run) -> list[Block]:
    blocks: list[Block] = []
    table = data_table({"": run})
    if table.rows:
        blocks.append(table)
    if run.unknown_sets:
        blocks.append(Prose([f"No label is known in {', '.join(run.unknown_sets)}, so nothing is measured there."]))
    if run.unknown_labels:
        blocks.append(Prose([f"No photograph knows {', '.join(run.unknown_labels)}, so nothing is measured for them."]))
    trained = run.card.get("training_data") or []
    trained = [item for place, item in enumerate(trained) if item not in trained[:place]]  # learnt from in two steps
    if trained:
        fitted = PageTable(
            "Data that the weights were fitted on, in this step and before.",
            ["Data set", "Images", "Patients", "Selection", "Hash"],
        )
        for item in trained:
            images, people = item.get("rows"), item.get("patients")
            # Cards of earlier versions count a photograph of unknown patient as a patient of its own.
            unknown = people == 0 or (run.unit == "photographs" and people == images)
            fitted.rows.append(
                [
                    row_header(str(item.get("name"))),
                    counted(images),
                    fitted.measured(Estimate(NAN, reason=_UNKNOWN) if unknown else Estimate(people), "n"),
                    words(text.value(item.get("select"))),
                    words(str(item.get("hash", ""))[:12]),
                ]
            )
        blocks.append(fitted)
    definitions = run.card.get("label_definitions") or {}
    if definitions:
        blocks.append(key_values("What a positive of each label means.", definitions))
    return blocks


def data_table(runs: Mapping[str, Run]) -> PageTable:
    """Returns images, patients and positives of every set and label in the predictions.

    Args:
        runs: Task name to a run of it; an empty name is not shown.
    """
    with_patients = shared_unit(runs.values()) == "patients"
    table = PageTable(
        "Evaluated images. Unknown labels are left out of every metric.",
        ["Set", "Label", "Images", *(["Patients"] if with_patients else []), "Positives", "Prevalence"],
    )
    for task, run in runs.items():
        for (name, label), rows in run.predictions.groupby(["set", "label"], sort=False):
            if name in run.unknown_sets or label in run.unknown_labels:
                continue
            known = rows[rows["truth"].notna()]
            share = float(known["truth"].mean()) if len(known) else None
            people = Estimate(named_patients(known)) if run.unit == "patients" else Estimate(NAN, reason=_UNKNOWN)
            positives = int(known["truth"].sum())
            title = text.set_name(str(name))
            table.rows.append(
                [
                    row_header(f"{task}, {title}" if task else title),
                    words(str(label)),
                    counted(len(known)),
                    *([table.measured(people, "n")] if with_patients else []),
                    counted(positives),
                    PageCell(text.number(share)),
                ]
            )
    return table


def _methods(run: Run) -> list[Block]:
    blocks: list[Block] = []
    lineage = run.card.get("lineage") or []
    if lineage:
        rows = [
            [row_header(f"{number}. {step.get('what')}"), words(text.value(step.get("detail")))]
            for number, step in enumerate(lineage, start=1)
        ]
        blocks.append(PageTable("Lineage of the weights, oldest step first.", ["Step", "Detail"], rows))
    if run.config:
        blocks.append(
            key_values(f"Configuration; fundusfm {run.command} --config config.yaml runs it again.", run.config)
        )
    return blocks


def _results(run: Run, panels: Panels) -> list[Block]:
    blocks: list[Block] = []
    if not run.history.empty and "epoch" in run.history:
        figure = learning_curve_figure(run.history, title="Learning curve")
        blocks.append(
            Gallery(
                [
                    panels.picture(
                        figure,
                        "learning_curve",
                        run.history,
                        alt="Loss and validation AUROC by epoch.",
                        caption="Loss and validation AUROC by epoch: "
                        + ("thin lines are folds." if "fold" in run.history else "the circle is the best epoch."),
                    )
                ]
            )
        )
    blocks += structure_blocks(run, panels) or metric_tables(run)
    blocks += [
        table
        for table in (gain_table(run), referral_table(run), operating_point_table(run), paired_table(run))
        if table
    ]
    other = flat({key: item for key, item in run.metrics.items() if key not in _OWN_TABLES})
    if other:
        blocks.append(key_values("Other results of the run.", other))
    if not run.predictions.empty:
        for name in run.sets:
            blocks += _confusion(run, name, panels) + _set_figures(run, name, panels)
    return blocks


def _confusion(run: Run, name: str, panels: Panels) -> list[Block]:
    """Returns the confusion matrix of a multiclass task; nothing for any other."""
    matrix = confusion(run, name)
    if matrix is None:
        return []
    title = f"Confusion matrix, {text.set_name(name)}"
    return [Heading(title), Gallery([panels.confusion(matrix, title=title, stem=file_stem("confusion", name))], "wide")]


def _set_figures(run: Run, name: str, panels: Panels) -> list[Block]:
    present = set(run.predictions.loc[run.predictions["set"] == name, "label"])
    labels = [label for label in run.labels if label in present]
    if not labels:
        return []
    many = len(labels) > _MANY
    panels = replace(panels, small=many)
    series = {"mean" if name == CV else name: run}
    figures = []
    for label in labels:
        for kind in KINDS:
            figures.append(panels.curves(kind, series, name, label, title=label, stem=file_stem(kind, name, label)))
        figures.append(panels.calibration(run, name, label, title=label, stem=file_stem("calibration", name, label)))
        figures.append(panels.scores(run, name, label, title=label, stem=file_stem("scores", name, label)))
    return [Heading(f"Curves, {text.set_name(name)}"), Gallery(figures, "small" if many else "pairs")]


def _limits(run: Run) -> list[str]:
    limits = [str(run.card.get("intended_use") or "Research use only. Not a medical device.")]
    limits += [f"{note[0].upper()}{note[1:]}." for note in run.unseen_notes]
    if run.results(CV):
        folds = "Folds are grouped by patient." if run.unit == "patients" else _NO_PATIENTS
        limits.append(
            f"Thresholds and temperatures of the cross-validation are fitted on the other folds. {folds} Intervals "
            f"resample {run.unit} and hold the trained models fixed: they do not cover the spread of repeated training."
        )
    external = [name for name in run.sets if name != CV]
    if run.command == "adapt":
        limits.append(
            "After adaptation each photograph is judged by what the patients of the other folds fitted. The results "
            "are about photographs like these; evaluate the bundle again where camera or patients change."
        )
        return [*limits, f"Licence of the weights: {run.card['licence']}."] if run.card.get("licence") else limits
    limits.append(
        f"External sets ({', '.join(external)}) tuned nothing: no weights, no threshold, no calibration."
        if external
        else "No external set was evaluated: performance on other cameras and populations is unknown."
    )
    if run.card.get("licence"):
        limits.append(f"Licence of the weights: {run.card['licence']}.")
    return limits


def environment(run: Run) -> list[Block]:
    """Returns the table of versions and machine, where the run recorded them."""
    if not run.environment:
        return []
    items: dict[str, Any] = {key: item for key, item in run.environment.items() if key not in ("packages", "command")}
    command = run.environment.get("command")
    if command:
        items["command"] = " ".join(map(str, command))
    items |= {name: version for name, version in (run.environment.get("packages") or {}).items() if version}
    if run.card.get("code_version"):
        items["code version"] = run.card["code_version"]
    return [key_values("What the numbers may depend on.", items)]


def finished_run(out: str) -> Run:
    """Writes the report of a finished run, once for all of its processes, and returns the run.

    Args:
        out: Folder of the run.
    """
    if first_process():
        print(f"Report: {write_run_report(out)}", file=sys.stderr)
    return Run(Path(out))
