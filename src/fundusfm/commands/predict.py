"""The commands `fundusfm predict` and `fundusfm export`."""

from pathlib import Path
from typing import TYPE_CHECKING

from fundusfm.commands.command import command
from fundusfm.config.predict import ExportConfig, PredictConfig

if TYPE_CHECKING:
    import pandas as pd

    from fundusfm.screening.results import Screened


def _table(screened: "Screened") -> "pd.DataFrame":
    return screened.table()


@command(PredictConfig, renamed={"by": "per"}, finish=_table)
def predict(config: PredictConfig) -> "Screened":
    """Screens photographs: is it a fundus photograph, can it be read, and what does the model say; a row for each.

    Columns are `image`, `refer` (`yes`, `no`, `take_again`, `not_fundus`), `why`, `uncertain` (1 where somebody
    should read it), `status` (`ok`, `ungradable`, `not_fundus`, `failed`), `reason`, `quality` (0 to 1), and per
    label `<label>.score`, `<label>.probability` (calibrated), `<label>.decision` (1 where the score reaches the
    operating point) and `<label>.uncertain`. `fundusfm weights show` says what the labels mean. Only photographs
    that are `ok` have scores. A DICOM file has a row per frame: `FILE`, `FILE#2` and so on. Rows reach the disk as
    they are computed, in OUT.part, until all are there. The exit code is 3 where any row failed, else 0.

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


@command(ExportConfig)
def export(config: ExportConfig) -> Path:
    """Writes the results of `fundusfm predict` for FiftyOne or Label Studio to import.

    For FiftyOne, OUT holds `data.json` and `labels.json`: per photograph a classification for each label, with its
    probability as confidence and the decision as attribute, and one for the referral. For Label Studio, OUT holds
    `tasks.json`, with the decisions as predictions to correct, and `label_config.xml`, the labelling interface. No
    photograph is copied. Pages of a file and members of an archive are left out, and their number is printed.

    Returns:
        The folder.

    Raises:
        ConfigError: The table cannot be read or is none of photographs, none of its photographs is there, or one lies
            outside --images.
        RunFolderError: OUT holds an export already.
    """
    from fundusfm.screening.tools.export import run_export

    return run_export(config)
