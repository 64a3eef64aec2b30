"""The command `fundusfm probe`."""

from typing import TYPE_CHECKING

from fundusfm.commands.command import command
from fundusfm.config.probe import ProbeConfig

if TYPE_CHECKING:
    from fundusfm.report.read import Run


@command(ProbeConfig)
def probe(config: ProbeConfig) -> "Run":
    """Fits a regularised logistic head on frozen features and writes it, with its backbone, as a bundle.

    Features are computed once per pair of weights and store and kept in the cache folder. In each fold the strength of
    the regularisation is chosen inside the training part. The bundle's own head is then fitted to all rows; its
    operating points and temperature come from out-of-fold predictions only, and external sets tune nothing.

    Returns:
        The run: its path, metrics, predictions (a data frame), bundle and report.

    Raises:
        ConfigError: Options contradict each other, or an external set shares photographs or patients with the data.
        StoreError: A store is missing.
        LabelError: A label column is missing or holds a value outside its set.
        SelectError: The selection cannot be read or keeps no row.
        SplitError: There are fewer patients than folds.
        WeightsError: There are no such weights, or they do not fit the store.
    """
    from fundusfm.report.run_report import finished_run
    from fundusfm.training.probe import run_probe

    run_probe(config)
    return finished_run(config.out)
