"""Options of `fundusfm demo`."""

from dataclasses import dataclass

from fundusfm.config.shared import BackboneOptions, ResumableFolder
from fundusfm.config.types import Folder


@dataclass(frozen=True, kw_only=True)
class DemoConfig(ResumableFolder, BackboneOptions):
    """Options of `fundusfm demo`.

    Attributes:
        seed: Seed of the photographs and of all training.
    """

    out: Folder = "demo"
    seed: int = 0
