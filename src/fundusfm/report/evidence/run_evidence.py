"""The work of `fundusfm evidence`: the programme's report from one run."""

import sys
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from fundusfm.config.evaluate import EvidenceConfig
from fundusfm.errors import ConfigError, EvaluationError, WeightsError
from fundusfm.evaluation.evidence.evidence import ProgrammeEvidence, check_prevalences, gather_evidence
from fundusfm.evaluation.evidence.workload import Grader
from fundusfm.evaluation.table import COLUMNS, REFER, THRESHOLD_PREFIX, check_predictions
from fundusfm.models.card.results import Results
from fundusfm.models.card.schema import Card
from fundusfm.models.listing import find_bundle
from fundusfm.models.weights_file import checked_hash
from fundusfm.report.evidence import sections as part
from fundusfm.report.evidence.checklists import Answer, filled
from fundusfm.report.evidence.facts import Sources, gather_facts
from fundusfm.report.page import Section, write_page
from fundusfm.report.panels import Panels
from fundusfm.report.read import Run, read_run
from fundusfm.report.run_report import environment
from fundusfm.runs import RunFolder, open_run, write_atomic

_OWN_COLUMNS = {*COLUMNS, "probability", REFER} - {"dataset"}


def run_evidence(config: EvidenceConfig) -> ProgrammeEvidence:
    """Runs the command; see `fundusfm.commands` for results and errors."""
    prevalences = check_prevalences(config.prevalence)
    grader = _grader(config)
    if config.repeats < 1:
        raise ConfigError(f"--repeats {config.repeats}: expected 1 or more.")
    run = read_run(config.run)
    if run.predictions.empty:
        raise EvaluationError(
            f"{config.run} holds no predictions: give a finished run of fundusfm evaluate, probe or finetune."
        )
    check_predictions(run.predictions, str(run.path / "predictions.parquet"))
    columns = _columns(run.predictions, config.by)
    card, note = _card(run)
    out = open_run(config.out, command="evidence", config=config, overwrite=config.overwrite)
    evidence = gather_evidence(
        run.predictions,
        prevalences=prevalences,
        grader=grader,
        operating_points={} if card is None else card.operating_points,
        trained_at={} if card is None else _prevalences(card),
        rule=None if card is None else card.referral,
        point=config.operating_point,
        by=columns,
        repeats=config.repeats,
        seed=config.seed,
    )
    answers = filled(gather_facts(Sources(run, card, columns, prevalences)))
    notes = [*([note] if note else []), *(f"{said[0].upper()}{said[1:]}." for said in run.unseen_notes)]
    _write_page(out, run, card, evidence, answers, config, prevalences, grader, notes)
    _write_tables(out, evidence, answers, _about(run, card, config, prevalences))
    print(f"Report: {out.path / 'evidence.html'}", file=sys.stderr)
    return evidence


def _grader(config: EvidenceConfig) -> Grader:
    for option in ("grader_sensitivity", "grader_specificity"):
        value = getattr(config, option)
        if not 0 < value <= 1:
            raise ConfigError(
                f"--{option.replace('_', '-')} {value:g}: expected a share above 0 and at most 1, such as 0.8.",
                code="RANGE",
            )
    return Grader(config.grader_sensitivity, config.grader_specificity)


def _columns(predictions: pd.DataFrame, by: Sequence[str] | None) -> list[str]:
    """Returns the columns that form subgroups: those that were asked for, or all that the run kept.

    Raises:
        ConfigError: The run kept no such column.
    """
    kept = [
        str(name) for name in predictions if name not in _OWN_COLUMNS and not str(name).startswith(THRESHOLD_PREFIX)
    ]
    for column in by or []:
        if column not in kept:
            raise ConfigError(
                f"--by {column}: the run kept no such column; it has {', '.join(kept)}. fundusfm evaluate --by "
                f"{column} keeps it."
            )
    return list(by) if by else kept


def _card(run: Run) -> tuple[Card | None, str]:
    """Returns the card of the model that a run judged, and what to say where it is not known.

    A run of `evaluate` names its weights; they may have been replaced since, which their hash tells.
    """
    if (run.bundle / "card.json").exists():
        return Card.read(run.bundle / "card.json"), ""
    judged: Mapping[str, Any] = run.metrics.get("weights") or {}
    name = str(run.config.get("weights") or "")
    try:
        folder = find_bundle(name.partition("@")[0])
        card = Card.read(folder / "card.json")
        found = checked_hash(folder)
    except WeightsError as error:
        return None, (
            f"The bundle {name} that the run judged cannot be read ({str(error).split(':')[0]}), so its thresholds and "
            "its card are unknown."
        )
    if found != judged.get("hash"):
        return None, (
            f"{name} holds other weights now than those that the run judged, so its thresholds and its card are left "
            "out."
        )
    return card, ""


def _prevalences(card: Card) -> dict[str, float]:
    """Returns the prevalence of each label in the folds that its temperature was fitted on."""
    folds = Results.read(card.metrics).cv
    return {label: cells["prevalence"].value for label, cells in folds.items() if "prevalence" in cells}


def _write_page(
    out: RunFolder,
    run: Run,
    card: Card | None,
    evidence: ProgrammeEvidence,
    answers: Sequence[Answer],
    config: EvidenceConfig,
    prevalences: Sequence[float],
    grader: Grader,
    notes: Sequence[str],
) -> None:
    numbers = part.Numbers(evidence, part.short_names({} if card is None else card.names))
    panels = Panels(out.path / "figures")
    name = card.name if card is not None else run.metrics.get("weights", {}).get("name", "model")
    write_page(
        out.path / "evidence.html",
        title=f"Evidence for a programme: {name}",
        subtitle=f"Run {run.path.resolve().name} · prevalence {', '.join(map(part.percent, prevalences))}",
        sections=[
            Section("summary", "Summary", part.summary(numbers, prevalences)),
            Section("prevalence", "At your prevalence", part.predictive_tables(numbers, prevalences)),
            Section("workload", "Workload and disease missed", part.workload_tables(numbers, prevalences)),
            Section("net-benefit", "Net benefit", part.net_benefit_blocks(numbers, panels)),
            Section("subgroups", "Subgroups", part.subgroup_tables(numbers)),
            Section("calibration", "Calibration", part.calibration_tables(numbers)),
            Section("stability", "Stability", part.stability()),
            Section("assumptions", "Assumptions", part.assumptions(grader, config.operating_point, notes)),
            Section("checklists", "Reporting checklists", list(part.checklist_blocks(answers))),
            Section("environment", "Environment", environment(run)),
        ],
    )


def _about(run: Run, card: Card | None, config: EvidenceConfig, prevalences: Sequence[float]) -> dict[str, Any]:
    return {
        "run": run.path.resolve().name,
        "model": None if card is None else card.name,
        "weights": run.metrics.get("weights"),
        "operating_point": config.operating_point,
        "prevalences": list(prevalences),
        "grader": {"sensitivity": config.grader_sensitivity, "specificity": config.grader_specificity},
    }


def _write_tables(
    out: RunFolder, evidence: ProgrammeEvidence, answers: Sequence[Answer], about: Mapping[str, Any]
) -> None:
    checklists = pd.DataFrame([answer.plain() for answer in answers])
    frame = evidence.frame()
    for name, table in (("evidence", frame), ("net_benefit", evidence.curves), ("checklists", checklists)):
        write_atomic(out.path / f"{name}.csv", table.to_csv(index=False, float_format="%.6g", lineterminator="\n"))
    out.write_json(
        "evidence.json",
        {
            **about,
            "measures": frame.to_dict("records"),
            "net_benefit": evidence.curves.to_dict("records"),
            "checklists": checklists.to_dict("records"),
        },
    )
