"""The command `fundusfm predict`."""

from typing import TYPE_CHECKING

from fundusfm.commands.command import command
from fundusfm.config.predict import PredictConfig

if TYPE_CHECKING:
    import pandas as pd

    from fundusfm.screening.results import Screened


def _table(screened: "Screened") -> "pd.DataFrame":
    return screened.table()


@command(PredictConfig, renamed={"by": "per"}, finish=_table)
def predict(config: PredictConfig) -> "Screened":
    """Screens photographs: is it a fundus photograph, can it be read, and what does the model say; a row for each.

    Columns are `image`, `status` (`ok`, `ungradable`, `not_fundus`, `failed`), `reason`, `quality` (0 to 1), and per
    label `<label>.score`, `<label>.probability` (calibrated) and `<label>.decision` (1 where the score reaches the
    operating point). Only photographs that are `ok` have scores. A DICOM file has a row per frame: `FILE`, `FILE#2` and
    so on. Rows reach the disk as they are computed, in OUT.part, until all are there. The exit code is 3 where
    any row failed, else 0.

    Returns:
        A row per photograph, as in the table that --out names.

    Raises:
        ConfigError: A path does not exist, a folder holds no image, or options contradict each other or the weights.
        ManifestError: A manifest cannot be read.
        RunFolderError: The table exists already, was started with other options, or another process is at work in it.
        WeightsError: A bundle is missing, damaged, or has no head; or none is named, and none ships.
    """
    from fundusfm.screening.predict import run_predict

    return run_predict(config)
