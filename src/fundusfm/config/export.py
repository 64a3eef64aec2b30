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
        images: Folder that relative paths of the table start at, and the one that Label Studio serves photographs
            from; by default the working folder.
        url: What a photograph's path, relative to --images, is appended to for Label Studio, which fetches photographs
            from there; by default `/data/local-files/?d=`, its own local storage.
        overwrite: Replace files of an earlier export.
    """

    results: File
    to: Literal["fiftyone", "label-studio"]
    out: Folder
    images: Folder = "."
    url: str = "/data/local-files/?d="
    overwrite: bool = False
