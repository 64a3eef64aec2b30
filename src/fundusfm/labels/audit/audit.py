"""The work of `fundusfm data audit`."""

from dataclasses import asdict
from pathlib import Path

import numpy as np
import pandas as pd

from fundusfm.config.data import AuditConfig
from fundusfm.errors import ConfigError, EvaluationError
from fundusfm.labels.audit.cases import read_cases
from fundusfm.labels.audit.ceiling import ceilings
from fundusfm.labels.audit.contradictions import contradictions, twin_pairs
from fundusfm.labels.audit.findings import Audit, flat, summary
from fundusfm.labels.audit.judgement import judge, label_noise
from fundusfm.labels.audit.page import write_audit_page
from fundusfm.labels.audit.ranking import as_table, rank
from fundusfm.labels.audit.second_reader import agreements, second_readings
from fundusfm.labels.audit.words import doubtful_words
from fundusfm.runs import RunFolder, open_run, write_atomic


def run_audit(config: AuditConfig) -> Audit:
    """Runs the command; see `fundusfm.commands` for results and errors."""
    if config.repeats < 2 or config.pictures < 0:
        raise ConfigError("--repeats must be at least 2, and --pictures at least 0.", code="RANGE")
    if Path(config.out).resolve() == Path(config.run).resolve():
        raise ConfigError("--out is the run that is audited: give another folder.")
    cases = read_cases(config.run, data=config.data, manifest=config.manifest)
    second = second_readings(cases, config.second_reader or [])
    judgements, refused = judge(cases)
    if not judgements:
        reasons = "; ".join(f"{label}: {reason}" for label, reason in refused.items())
        raise EvaluationError(f"No label of {config.run} can be judged ({reasons}).")
    disputed = np.any([judgement.disputed for judgement in judgements], axis=0)
    words = doubtful_words(cases.frame, config.words, disputed) if config.words else []
    run = open_run(config.out, command="data audit", config=config, overwrite=config.overwrite)
    if cases.store is None:
        run.log("the run's store is not there: no twins are looked for and no pictures shown; name it with --data")
    found = contradictions(cases, judgements, twin_pairs(cases))
    ranking = rank(cases, judgements, found)
    noise = [
        one
        for judgement in judgements
        for one in label_noise(judgement, cases.table.patients, repeats=config.repeats, seed=config.seed)
    ]
    audit = Audit(
        run.path,
        as_table(cases, judgements, ranking),
        cases,
        judgements,
        refused,
        ranking,
        found,
        noise,
        ceilings(cases, judgements, second, repeats=config.repeats, seed=config.seed),
        agreements(cases, judgements, second, repeats=config.repeats, seed=config.seed),
        words,
    )
    _write(run, audit, pictures=config.pictures)
    for line in summary(audit):
        run.log(line)
    return audit


def _write(run: RunFolder, audit: Audit, *, pictures: int) -> None:
    _write_csv(run.path / "audit.csv", audit.table)
    _write_csv(run.path / "noise.csv", pd.DataFrame([flat(asdict(one)) for one in audit.noise]))
    _write_csv(run.path / "auroc.csv", audit.ceilings)
    for name, found in (("second_reader.csv", audit.agreements), ("words.csv", audit.words)):
        if found:
            _write_csv(run.path / name, pd.DataFrame([flat(asdict(one)) for one in found]))
    write_audit_page(run.path / "audit.html", audit, pictures=pictures)
    run.write_metrics(audit.metrics())


def _write_csv(path: Path, table: pd.DataFrame) -> None:
    write_atomic(path, table.to_csv(index=False, lineterminator="\n", float_format="%.6g"))
