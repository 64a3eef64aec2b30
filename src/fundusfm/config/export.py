"""Options of `fundusfm export`."""

from dataclasses import dataclass
from typing import Literal

from fundusfm.config.types import File, Folder


@dataclass(frozen=True, kw_only=True)
class ExportConfig:
    """Options of `fundusfm export`.

    Attributes:
        results: Table of `fundusfm predict`.
        to: Program that shall import it: `fiftyone` or `label-studio`.
        out: Folder for the files to import.
        images: Folder that Label Studio serves photographs from; by default the working folder. Relative paths of the
            table are looked for there, beside the table, and in the working folder.
        url: What Label Studio fetches a photograph from, before its path in --images; by default its own local storage.
        overwrite: Replace files of an earlier export.
    """

    results: File
    to: Literal["fiftyone", "label-studio"]
    out: Folder
    images: Folder | None = None
    url: str = "/data/local-files/?d="
    overwrite: bool = False
