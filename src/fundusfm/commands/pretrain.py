"""The command `fundusfm pretrain`."""

from typing import TYPE_CHECKING

from fundusfm.commands.command import command
from fundusfm.config.pretrain import PretrainConfig

if TYPE_CHECKING:
    from fundusfm.models.bundle import Bundle


@command(PretrainConfig)
def pretrain(config: PretrainConfig) -> "Bundle":
    """Trains a backbone on normal/abnormal (and any finer labels) and writes it as a bundle.

    Strategies (Jang et al., arXiv 2408.08790): `scratch` and `imagenet` see no fundus photograph and need neither
    --train nor --labels; `fundus` trains from random weights, `imagenet+fundus` from ImageNet's. A label that a store
    lacks, or a cell that is empty, is unknown there and left out of the loss.

    Returns:
        The bundle: its network, its card and its path.

    Raises:
        ConfigError: A strategy that trains has no --train or no --labels, or an option is out of range.
        StoreError: A store is missing, or the stores differ in size or crop.
        LabelError: No store has a label column.
        WeightsError: ImageNet weights are not at hand.
    """
    from fundusfm.report.run_report import finished_run
    from fundusfm.training.pretrain import run_pretrain

    bundle = run_pretrain(config)
    finished_run(config.out)
    return bundle
