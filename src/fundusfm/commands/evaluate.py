"""The commands `fundusfm evaluate`, `adapt`, `evidence` and `compare`."""

from pathlib import Path
from typing import TYPE_CHECKING

from fundusfm.commands.command import command
from fundusfm.config.evaluate import AdaptConfig, CompareConfig, EvaluateConfig, EvidenceConfig
from fundusfm.runs import check_entry, check_run_folder, named_run

if TYPE_CHECKING:
    import pandas as pd

    from fundusfm.evaluation.evidence.evidence import ProgrammeEvidence
    from fundusfm.report.read import Run


@command(EvaluateConfig)
def evaluate(config: EvaluateConfig) -> "Run":
    """Scores a bundle on data it has not seen, at the operating points and temperature that it stores.

    Every metric comes with a 95 % interval by patient, or with the reason why it has none. A set is called by
    NAME=PATH, else by its `dataset` column, else by its file or folder. Nothing is tuned on the data.

    Returns:
        The run: its path, metrics, predictions (a data frame), bundle and report.

    Raises:
        LabelError: The bundle or the data do not know a label, or a value lies outside its set.
        ConfigError: Options contradict the bundle, two sets have one name, or no set has a column of `by`.
        WeightsError: There are no such weights, or a store's size or crop do not fit them.
        StoreError: A store is missing.
        ManifestError: A manifest cannot be read.
        SelectError: The selection cannot be read or keeps no row.
        EvaluationError: The run to compare with shares no image and label.
    """
    from fundusfm.evaluation.evaluate import run_evaluate
    from fundusfm.report.run_report import finished_run

    run_evaluate(config)
    return finished_run(config.out)


@command(AdaptConfig)
def adapt(config: AdaptConfig) -> "Run":
    """Fits probabilities and thresholds of a bundle to 50 to 500 local photographs; the network stays as it is.

    With labels, each label's calibration, its operating points and the referral rule are fitted to the photographs, and
    judged on patients that each fold left out. Without (--unlabelled), the frequency of each label is estimated by
    expectation maximisation, and probabilities follow it. The folder holds the new bundle and a report of what is
    gained, with intervals.

    Returns:
        The run: its path, metrics, predictions (a data frame), bundle and report.

    Raises:
        ConfigError: Options contradict each other or are out of range, a label lacks a class, there are too few
            photographs, or the weights were trained on some of them.
        LabelError: The bundle or the data lack a label.
        StoreError: A store is missing, or does not fit the bundle.
        ManifestError: The manifest cannot be read.
        SplitError: There are fewer patients than folds.
        WeightsError: There is no such bundle, it is damaged, or it has no head.
    """
    from fundusfm.report.run_report import finished_run
    from fundusfm.training.adapt import run_adapt

    run_adapt(config)
    return finished_run(config.out)


@command(EvidenceConfig)
def evidence(config: EvidenceConfig) -> "ProgrammeEvidence":
    """Writes the report of a screening programme from one run: what its model would do at a stated prevalence.

    OUT holds `evidence.html`, which prints to A4, and the same as `evidence.csv`, `net_benefit.csv`, `checklists.csv`
    and `evidence.json`: predictive values, workload and disease missed beside a first grader, net benefit, subgroup
    gaps with the smallest gap that the sample could show, calibration, and the checklists CLAIM 2024, STARD-AI and
    TRIPOD+AI, filled from the card and the run. Every number has a 95 % interval by patient, or the reason why it has
    none.

    Returns:
        The numbers; `frame()` is a row for each.

    Raises:
        ConfigError: A prevalence or a share is out of range, or the run has no column of `by`.
        EvaluationError: The run holds no predictions, or damaged ones.
        RunFolderError: There is no run, or the output folder exists already.
    """
    from fundusfm.report.evidence.run_evidence import run_evidence

    return run_evidence(config)


@command(CompareConfig)
def compare(config: CompareConfig) -> "pd.DataFrame":
    """Makes the tables and figures of a paper from finished runs: folds and external sets, paired tests by patient.

    Runs of one task must have judged the same photographs in the same folds; the sentence says which differ. Each row
    is tested against the reference on shared photographs by resampling patients, and p is corrected by Holm. OUT holds
    `report.html`, `tables/` (CSV, Markdown, LaTeX, HTML) and `figures/` (SVG, PNG, CSV).

    Returns:
        A row per run, set, label and metric, with its 95 % interval.

    Raises:
        ConfigError: Two runs have one name, there is no run of the name of the reference, or too few are given.
        EvaluationError: A run has no predictions, or others than the run it is compared with.
        RunFolderError: A folder holds no finished run, or OUT exists already.
    """
    for entry in config.runs:  # before the libraries are imported, which takes seconds
        check_run_folder(named_run(entry)[1])
    check_entry(Path(config.out), overwrite=config.overwrite, resume=None)
    from fundusfm.study.comparison import run_compare

    return run_compare(config)
