"""The command `fundusfm study`."""

from pathlib import Path

from fundusfm.commands.command import command
from fundusfm.config.study import StudyConfig
from fundusfm.runs import check_entry


@command(StudyConfig)
def study(config: StudyConfig) -> "Path | None":
    """Runs every cell of a study that is not done yet, then writes its tables, its figures and one report.

    Stores, features and pretrained bundles are made once and shared by all cells. A cell that fails is recorded with
    its reason and the others go on; `--resume` does again what failed or is missing, also after the study's file has
    grown. Every cell is a run folder of its own, as `fundusfm probe` and `fundusfm finetune` leave it.

    Returns:
        Path of the report; None for a dry run.

    Raises:
        ConfigError: The file does not declare a study, or the cluster cannot be reached.
        RunFolderError: `out` exists, and neither `overwrite` nor `resume` is given.
        ManifestError: A manifest is missing or cannot be read.
        MissingExtraError: The engine is not installed.
    """
    if not config.dry_run:  # before the libraries are imported, which takes seconds
        check_entry(Path(config.out), overwrite=config.overwrite, resume=config.resume)
    from fundusfm.study.study import run_study

    return run_study(config)
