"""Options of the commands `fundusfm data ...`."""

from dataclasses import dataclass

from fundusfm.config.shared import OutputFolder, ResumableFolder
from fundusfm.config.types import (
    Column,
    Expression,
    File,
    Folder,
    InputPath,
    Label,
    ManifestPath,
    StorePath,
    Task,
    Weights,
)


@dataclass(frozen=True, kw_only=True)
class CheckConfig:
    """Options of `fundusfm data check`.

    Attributes:
        manifest: Manifest (CSV, Excel or Parquet, column `image`).
        labels: Label columns to check; without them labels are not looked at.
        task: `multilabel` and `binary` columns hold 0, 1 or nothing; a `multiclass` column holds class names.
        missing: Words that stand for an unknown value, such as NA; their cells count as empty.
        workers: Processes; by default one per core.
        json: Print `{"faults": [...], "warnings": [...], "notes": [...], "summary": {...}}` instead of text.
    """

    manifest: ManifestPath
    labels: list[Label] | None = None
    task: Task = "multilabel"
    missing: list[str] | None = None
    workers: int | None = None
    json: bool = False


@dataclass(frozen=True, kw_only=True)
class PrepareConfig(ResumableFolder):
    """Options of `fundusfm data prepare`.

    Attributes:
        manifest: Manifest (CSV, Excel or Parquet, column `image`), or NAME=FILE to name the data set.
        size: Side of the square images in pixels, 16 to 4096.
        select: Keep the rows where this holds, such as `part == 'upstream'`.
        missing: Words that stand for an unknown value, such as NA; the store has empty cells instead.
        workers: Processes; by default one per core.
        preview: Also write `preview.png`, a sheet of this many photographs with their fitted circle and crop.
    """

    manifest: ManifestPath
    size: int
    select: Expression | None = None
    missing: list[str] | None = None
    workers: int | None = None
    preview: int = 0


@dataclass(frozen=True, kw_only=True)
class SynthConfig(OutputFolder):
    """Options of `fundusfm data synth`.

    Attributes:
        count: Number of photographs; two, the left and the right eye, of each patient.
        size: Height of each photograph in pixels.
        seed: Seed of the data set; photographs of different seeds show different patients.
        cameras: Camera styles to choose from: clinic, screening, notched, cropped, narrow, handheld, wide, archive. All
            of them by default; leave one out here and name only it in a second call for an external set.
        abnormal_share: Share of abnormal eyes, 0 to 1.
        dataset: Name of the data set, written into its manifest.
        workers: Processes to use; all cores by default.
    """

    count: int = 100
    size: int = 512
    seed: int = 0
    cameras: list[str] | None = None
    abnormal_share: float = 0.5
    dataset: str = "synthetic"
    workers: int | None = None


@dataclass(frozen=True, kw_only=True)
class ListSourcesConfig:
    """Options of `fundusfm data list`.

    Attributes:
        name: Describe this one: layout, labels, counts, licence and where to get it.
        json: Print JSON instead of text.
    """

    name: str | None = None
    json: bool = False


@dataclass(frozen=True, kw_only=True)
class ImportSourceConfig:
    """Options of `fundusfm data import`.

    Attributes:
        name: The data set, one of `fundusfm data list`.
        root: Folder that the data set was unpacked to; for `csv` also the table itself.
        out: Manifest to write, a .csv file. Its paths are relative to its folder.
        partial: Leave out photographs and masks that the set's tables list but that are not there.
        overwrite: Replace an existing manifest.
    """

    name: str
    root: Folder
    out: File
    partial: bool = False
    overwrite: bool = False


@dataclass(frozen=True, kw_only=True)
class AuditConfig(OutputFolder):
    """Options of `fundusfm data audit`.

    Attributes:
        run: Run folder of `fundusfm probe` or `fundusfm finetune`; its out-of-fold scores judge the labels.
        data: Store that the run was trained from; the one that the run names by default.
        manifest: Table with further columns of the same photographs, joined by its column `image`.
        second_reader: What a second reader said, as LABEL=COLUMN or LABEL=COMPARISON such as
            `abnormal=read_by_b!=normal`; an empty cell was not read again.
        words: Column of free text, such as findings or keywords, whose words are counted among doubtful photographs.
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
        pool: Store to choose from; by default the photographs of SOURCE without any known label.
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
