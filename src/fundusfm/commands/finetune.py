"""The command `fundusfm finetune`."""

from typing import TYPE_CHECKING

from fundusfm.commands.command import command
from fundusfm.config.finetune import FinetuneConfig

if TYPE_CHECKING:
    from fundusfm.report.read import Run


@command(FinetuneConfig)
def finetune(config: FinetuneConfig) -> "Run":
    """Fine-tunes a whole network per fold, scores what it never saw, and writes a bundle fitted on all patients.

    In each fold, a validation part of the training patients stops the fit and chooses its epoch; the test fold only
    receives scores. The head starts from a linear probe on the fold's training rows (Kumar et al., ICLR 2022), so that
    the first steps do not distort the features; that of a `scratch` backbone starts small. One more fit on all patients
    becomes the bundle; external sets are scored by it. Operating points and temperature come from the out-of-fold
    predictions.

    Returns:
        The run: its path, metrics, predictions (a data frame), bundle and report.

    Raises:
        ConfigError: An option is out of range, or options contradict each other.
        LabelError: A label column is missing or holds a value outside its set.
        SplitError: There are too few patients, or an external set shares patients with the data.
        StoreError: A store is missing.
        WeightsError: The weights are missing or do not fit the store.
    """
    from fundusfm.report.run_report import finished_run
    from fundusfm.training.finetune import run_finetune

    run_finetune(config)
    return finished_run(config.out)
