"""`fundusfm study`: the whole matrix of a study, its tables, figures and report."""

from pathlib import Path
from typing import Literal


def study(
    *,
    spec: str,
    out: str,
    data: list[str] | None = None,
    imagenet_weights: list[str] | None = None,
    engine: Literal["local", "ray"] = "local",
    address: str | None = None,
    jobs: int | None = None,
    dry_run: bool = False,
    overwrite: bool = False,
    resume: bool = False,
) -> Path | None:
    """Runs every cell of a study that is not done yet, then writes its tables, its figures and one report.

    Stores, features and pretrained bundles are made once and shared by all cells. A cell that fails is recorded with
    its reason and the others go on; `--resume` does again what failed or is missing, also after the study's file has
    grown. Every cell is a run folder of its own, as `fundusfm probe` and `fundusfm finetune` leave it.

    Args:
        spec: YAML file that declares the study; `studies/` of the repository holds two.
        out: Folder to write; the report is OUT/report.html, the tidy results are OUT/cells.parquet.
        data: NAME=MANIFEST entries that replace those of the study's `data`.
        imagenet_weights: BACKBONE=FILE entries that replace those of the study's `imagenet_weights`.
        engine: `local` uses this machine, `ray` a Ray cluster.
        address: Of the Ray cluster's head, or `auto`; without it Ray starts on this machine.
        jobs: Most jobs at once on this machine; one per core by default.
        dry_run: Only print the cells, what they share, and an estimate of time and disk.
        overwrite: Replace an existing study.
        resume: Do what is missing in an existing one.

    Returns:
        The report's path; None for a dry run.

    Raises:
        ConfigError: The file does not declare a study, or the cluster cannot be reached.
        RunFolderError: `out` exists, and neither `overwrite` nor `resume` is given.
        ManifestError: A manifest is missing or cannot be read.
        MissingExtraError: The engine is not installed.
    """
    options = dict(locals())
    from fundusfm.study.study import run_study

    return run_study(**options)
