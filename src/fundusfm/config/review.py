"""Options of `fundusfm review` and `fundusfm review export`."""

from dataclasses import dataclass
from typing import Literal

from fundusfm.config.types import Folder, InputPath, Label


@dataclass(frozen=True, kw_only=True)
class ReviewConfig:
    """Options of `fundusfm review`.

    Attributes:
        source: What to read: a table of results from `fundusfm predict`, a folder or `audit.csv` of `fundusfm data
            audit`, or a manifest.
        out: Folder of the review. One that exists is continued, with the photographs and labels it was started with.
        labels: Labels to grade, as for `fundusfm probe`; by default those that the table has scores of.
        reasons: Which photographs are read: `doubtful` (disputed by an audit), `ungradable`, `uncertain`, `referred`,
            or `all`. By default whichever of these the table can tell, and all where it tells none.
        control: Photographs that nothing speaks for, drawn at random, as a share of the others; they show what readers
            find where no doubt is.
        most: Most photographs to read, without controls.
        images: Folder that relative paths start at; by default that of the table, else the working folder.
        host: Address to listen on; 0.0.0.0 is every interface.
        port: TCP port.
        auth: `auto` asks for the token beyond loopback or where $FUNDUSFM_TOKEN is set, `token` always, `none` never.
        seed: Random seed of the controls and their places.
    """

    source: InputPath
    out: Folder
    labels: list[Label] | None = None
    reasons: list[Literal["doubtful", "ungradable", "uncertain", "referred", "all"]] | None = None
    control: float = 0.1
    most: int | None = None
    images: Folder | None = None
    host: str = "127.0.0.1"
    port: int = 8010
    auth: Literal["auto", "token", "none"] = "auto"
    seed: int = 0


@dataclass(frozen=True, kw_only=True)
class ReviewExportConfig:
    """Options of `fundusfm review export`.

    Attributes:
        folder: Folder of the review.
        out: Folder to write; `export` in the review's folder by default. What was exported before is replaced.
        seed: Random seed of the intervals.
    """

    folder: Folder
    out: Folder | None = None
    seed: int = 0
