"""The command `fundusfm evaluate`."""

from typing import TYPE_CHECKING

from fundusfm.commands.command import command
from fundusfm.config.evaluate import EvaluateConfig

if TYPE_CHECKING:
    from fundusfm.report.read import Run


@command(EvaluateConfig)
def evaluate(config: EvaluateConfig) -> "Run":
    """Scores a bundle on data it has not seen, at the operating points and temperature that it stores.

    Every metric comes with a 95 % interval by patient, or with the reason why it has none. A set is called by
    NAME=PATH, else by its `dataset` column, else by the folder that holds it. Nothing is tuned on the data.

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
