"""Options of the commands that look at labels: `fundusfm data audit` and `fundusfm data next`."""

from dataclasses import dataclass

from fundusfm.config.shared import OutputFolder
from fundusfm.config.types import Column, File, Folder, InputPath, Label, ManifestPath, StorePath, Weights


@dataclass(frozen=True, kw_only=True)
class AuditConfig(OutputFolder):
    """Options of `fundusfm data audit`.

    Attributes:
        run: Run folder of `fundusfm probe` or `fundusfm finetune`; its out-of-fold scores judge the labels.
        data: Store that the run was trained from; the one that the run names by default.
        manifest: Table with further columns of the same photographs, joined by its column `image`.
        second_reader: What a second reader said, as LABEL=COLUMN or LABEL=COMPARISON such as
            `abnormal=read_by_b!=normal`; an empty cell was not read again.
        words: Column of free text, such as findings or keywords: which words do doubtful photographs have?
        pictures: Most photographs shown in `audit.html`.
        repeats: Bootstrap resamples of patients behind the intervals.
        seed: Random seed of the resamples.
    """

    run: Folder
    data: StorePath | None = None
    manifest: ManifestPath | None = None
    second_reader: list[Label] | None = None
    words: Column | None = None
    pictures: int = 60
    repeats: int = 300
    seed: int = 0


@dataclass(frozen=True, kw_only=True)
class NextConfig:
    """Options of `fundusfm data next`.

    Attributes:
        source: Run folder of `fundusfm probe`, or a store.
        out: Manifest of the chosen photographs to write, a .csv file.
        n: How many photographs to choose; patients are kept whole, so there may be a few more.
        pool: Store to choose from; by default the photographs of --source without any known label.
        labels: Labels of a store, as for `fundusfm probe`; a run knows its own.
        weights: Bundle whose features and scores are used; that of the run, or `light` for a store, by default.
        seed: Random seed.
        overwrite: Replace what is there.
    """

    source: InputPath
    out: File
    n: int = 50
    pool: StorePath | None = None
    labels: list[Label] | None = None
    weights: Weights | None = None
    seed: int = 0
    overwrite: bool = False
