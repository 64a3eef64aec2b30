"""`fundusfm predict`: screen photographs with one or more bundles."""

from typing import Literal


def predict(
    *,
    paths: list[str],
    weights: list[str] | None = None,
    out: str | None = None,
    operating_point: Literal["youden", "sensitivity_0.95", "specificity_0.95"] = "youden",
    by: Literal["eye", "patient", "visit"] | None = None,
    flips: bool = False,
    engine: Literal["local", "ray"] = "local",
    address: str | None = None,
    single_process: bool = False,
    overwrite: bool = False,
    resume: bool = False,
) -> int:
    """Screens photographs: is it a fundus photograph, can it be read, and what does the model say; a row for each.

    Columns are `image`, `status` (`ok`, `ungradable`, `not_fundus`, `failed`), `reason`, `quality` (0 to 1), and per
    label `<label>.score`, `<label>.probability` (calibrated) and `<label>.decision` (1 where the score reaches the
    operating point). Only photographs that are `ok` have scores. A DICOM file has a row per frame: `FILE`, `FILE#2` and
    so on. Rows reach the disk as they are computed, in OUT.part, until all are there. The exit code is 0, or 3 where
    any row failed.

    Args:
        paths: Image files, folders (searched to any depth), zip archives, and manifests (CSV or Parquet).
        weights: Bundle with a head, a run folder that holds one, or a listed name; several are averaged. Without it
            the bundle `light` that ships with the package.
        out: Table to write; its suffix says how: .csv, .parquet or .jsonl. Without it the rows are only shown.
        operating_point: Stored threshold that decides.
        by: Also write a table of eyes, patients or visits, where the worst photograph decides; needs a manifest with
            the columns patient, and eye or visit, or DICOM files, whose headers name them (a visit is a study).
        flips: Average each photograph with its three mirror images: four times the work, a little better.
        engine: `local`, or `ray` for archives on a cluster whose machines see the same paths.
        address: Of the Ray cluster's head, or `auto`; without it one is started on this machine.
        single_process: Decode in this process, not beside it.
        overwrite: Replace an existing table.
        resume: Continue a run that was stopped; rows that are done are kept.

    Returns:
        0 where every photograph was read, 3 where any row failed.

    Raises:
        ConfigError: A path does not exist, a folder holds no image, or options contradict each other or the weights.
        ManifestError: A manifest cannot be read.
        RunFolderError: The table exists already, was started with other options, or another process is at work in it.
        WeightsError: A bundle is missing, damaged, or has no head; or none is named, and none ships.
    """
    config = dict(locals())
    from fundusfm.screening.predict import run_predict

    return run_predict(**config)
