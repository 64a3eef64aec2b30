"""The command `fundusfm export`."""

from pathlib import Path

from fundusfm.commands.command import command
from fundusfm.config.export import ExportConfig


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
