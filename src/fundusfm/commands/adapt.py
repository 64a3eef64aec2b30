"""The command `fundusfm adapt`."""

from typing import TYPE_CHECKING

from fundusfm.commands.command import command
from fundusfm.config.adapt import AdaptConfig

if TYPE_CHECKING:
    from fundusfm.report.read import Run


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
