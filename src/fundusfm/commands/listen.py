"""The command `fundusfm listen`."""

from typing import TYPE_CHECKING

from fundusfm.commands.command import command
from fundusfm.config.listen import ListenConfig

if TYPE_CHECKING:
    import pandas as pd


@command(ListenConfig)
def listen(config: ListenConfig) -> "pd.DataFrame":
    """Receives photographs as an archive does (C-STORE), screens them, and sends reports back, until told to stop.

    A study is complete when nothing more has come for a while. Then each image gets a structured report and overlays,
    as from `dicom report`, which go to every archive of --to, again and again until it has them. A received file is on
    the disk before its sender is told so, and the journal knows the state of every study, so nothing is lost or done
    twice if the service is killed. Events are lines of JSON on standard error; SIGTERM ends the service in order.

    Returns:
        The journal, a row per study: state, reason, and how many images, results and deliveries it has.

    Raises:
        ConfigError: An option is out of range, an address cannot be used, or the model has no such operating point.
        WeightsError: The weights are missing or have no head.
        LabelError: The model has no such label.
        RunFolderError: Another process works in the spool.
        MissingExtraError: The extra `dicom` is not installed.
    """
    from fundusfm.listen.service import run_listen

    return run_listen(config)
