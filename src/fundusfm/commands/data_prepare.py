"""The command `fundusfm data prepare`: from a manifest to a store."""


def prepare(
    *,
    manifest: str,
    size: int,
    out: str,
    select: str | None = None,
    workers: int | None = None,
    preview: int = 0,
    overwrite: bool = False,
    resume: bool = False,
) -> None:
    """Decodes, crops and resizes the photographs of a manifest once, into a store to train and predict from.

    The crop is the square around the field of view (a fitted circle). A photograph that cannot be decoded goes to
    `rejected.csv` with its manifest row and the reason; rows of the store and rejected ones add up to the manifest's.
    The store is the same, byte for byte, for any number of workers and whether or not it was interrupted and resumed.

    Args:
        manifest: Manifest (CSV or Parquet, column `image`), or NAME=FILE to name the data set.
        size: Side of the square images in pixels, 16 to 4096.
        out: Folder of the store.
        select: Keep the rows where this holds, such as `part == 'upstream'`.
        workers: Processes; by default one per core.
        preview: Also write `preview.png`, a sheet of this many photographs with their fitted circle and crop.
        overwrite: Replace the store in `out`.
        resume: Continue a store that was interrupted.

    Raises:
        ManifestError: The manifest cannot be read.
        SelectError: The expression cannot be used.
        StoreError: `out` cannot be used, or the disk is full.
        ConfigError: A number is out of its range.
    """
    from fundusfm.data.store.prepare import run

    run(
        manifest,
        size=size,
        out=out,
        select=select,
        workers=workers,
        preview=preview,
        overwrite=overwrite,
        resume=resume,
    )
