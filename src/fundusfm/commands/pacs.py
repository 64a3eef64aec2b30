"""The command `fundusfm pacs`."""

from typing import TYPE_CHECKING

from fundusfm.commands.command import command
from fundusfm.config.pacs import PacsConfig

if TYPE_CHECKING:
    import pandas as pd


@command(PacsConfig)
def pacs(config: PacsConfig) -> "pd.DataFrame":
    """Finds photographs in an archive (QIDO-RS), fetches (WADO-RS) and scores them, and stores reports there (STOW-RS).

    An image that already has a report of the same model and operating point is left alone, so the command can be
    stopped and started again at any time. Credentials come from the environment: FUNDUSFM_PACS_TOKEN (bearer), or
    FUNDUSFM_PACS_USER and FUNDUSFM_PACS_PASSWORD.

    Returns:
        A row per frame, as in the table that --out names.

    Raises:
        PacsError: The archive cannot be reached, refuses, or answers with something else than DICOMweb.
        WeightsError: The weights are missing or have no head.
        ConfigError: An option is out of range, or the model has no such operating point.
        LabelError: The model has no such label.
        RunFolderError: Another process is at work in the table.
        MissingExtraError: highdicom, pydicom or dicomweb-client is not installed.
    """
    from fundusfm.screening.dicom.pacs import run_pacs

    return run_pacs(config)
