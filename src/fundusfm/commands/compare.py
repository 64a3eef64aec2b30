"""The command `fundusfm compare`."""

from typing import TYPE_CHECKING

from fundusfm.commands.command import command
from fundusfm.config.compare import CompareConfig

if TYPE_CHECKING:
    import pandas as pd


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
    from fundusfm.study.comparison import run_compare

    return run_compare(config)
