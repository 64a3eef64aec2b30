"""Options of `fundusfm compare`."""

from dataclasses import dataclass

from fundusfm.config.shared import OutputFolder
from fundusfm.config.types import Folder


@dataclass(frozen=True, kw_only=True)
class CompareConfig(OutputFolder):
    """Options of `fundusfm compare`.

    Attributes:
        runs: Finished runs of `fundusfm probe` or `fundusfm finetune`; NAME=RUN names a row, otherwise the folder does.
            A probe and a fine-tuning of one network may share a name.
        reference: Name of the row that the others are tested against; the first by default.
    """

    runs: list[Folder]
    reference: str | None = None
