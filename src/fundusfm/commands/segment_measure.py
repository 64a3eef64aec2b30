"""`fundusfm segment measure`: density, calibre, fractal dimension and tortuosity of vessels."""


def measure_vessels(
    *,
    out: str,
    data: str | None = None,
    masks: list[str] | None = None,
    fov: list[str] | None = None,
    column: str = "vessels",
    select: str | None = None,
    overwrite: bool = False,
) -> None:
    """Measures vessels, of drawn or of predicted masks, into one tidy table with units and sources.

    Rows are image x region x measure: density, mean calibre (in pixels and as a share of the field of view's diameter),
    fractal dimension and tortuosity. The region is `all`, and where a manifest knows the optic disc (a column `disc`
    with the path of its mask, or `disc_x` and `disc_y` in pixels) each quadrant around it; with a column `eye` these
    are called superior and inferior, temporal and nasal.

    Args:
        out: Table to write, CSV.
        data: Manifest whose column of masks is measured; give this or masks.
        masks: Files of vessel masks, such as `fundusfm segment predict` writes.
        fov: Files of field-of-view masks, one for each of masks in the same order; without them the field of view of a
            mask is its full frame.
        column: Column of the manifest that holds the masks, such as second_observer.
        select: Keep the rows of the manifest where this holds.
        overwrite: Replace an existing table.

    Raises:
        ConfigError: Neither or both of data and masks are given, the table exists, or fov and masks differ in number.
        ManifestError: The manifest cannot be read or lacks the column.
        MaskError: A mask is missing, damaged, or of another size than its photograph.
        DecodeError: A photograph is missing or damaged.
    """
    from fundusfm.vessels.scoring.measure import run_measure

    run_measure(out=out, data=data, masks=masks, fov=fov, column=column, select=select, overwrite=overwrite)
