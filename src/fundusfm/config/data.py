"""Options of the commands `fundusfm data ...`."""

from dataclasses import dataclass

from fundusfm.config.shared import OutputFolder, ResumableFolder
from fundusfm.config.types import Expression, File, Folder, Label, ManifestPath, Task


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
