"""The command `fundusfm demo`."""

from pathlib import Path

from fundusfm.commands.command import command
from fundusfm.config.demo import DemoConfig


@command(DemoConfig)
def demo(config: DemoConfig) -> Path:
    """Generates photographs, pretrains, adapts, evaluates and explains, and ends in OUT/report.html.

    Takes minutes on two cores. The external set comes from a camera that no training photograph was taken with. The
    two strategies that start from ImageNet need its weights: those of the extra `[imagenet]`, --imagenet-weights, or a
    network for timm's own; without any they are left out, and the report says so.

    Returns:
        Path of the report.

    Raises:
        RunFolderError: OUT holds something already, and neither flag is given.
        WeightsError: The file of ImageNet weights cannot be read or does not fit the backbone.
    """
    from fundusfm.demo import run_demo

    return run_demo(config)
