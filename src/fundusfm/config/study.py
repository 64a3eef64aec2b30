"""Options of `fundusfm study`."""

from dataclasses import dataclass
from typing import Literal

from fundusfm.config.shared import ResumableFolder
from fundusfm.config.types import File


@dataclass(frozen=True, kw_only=True)
class StudyConfig(ResumableFolder):
    """Options of `fundusfm study`.

    Attributes:
        spec: YAML file that declares the study; `studies/` of the repository holds four.
        data: NAME=MANIFEST entries that replace those of the study's `data`.
        imagenet_weights: BACKBONE=FILE entries that replace those of the study's `imagenet_weights`.
        engine: `local` uses this machine, `ray` a Ray cluster.
        address: Of the Ray cluster's head, or `auto`; without it Ray starts on this machine.
        jobs: Most jobs at once on this machine; one per core by default.
        dry_run: Only check the study and print its cells and what they share; with finished cells, also the time left.
    """

    spec: File
    data: list[str] | None = None
    imagenet_weights: list[str] | None = None
    engine: Literal["local", "ray"] = "local"
    address: str | None = None
    jobs: int | None = None
    dry_run: bool = False
