"""`fundusfm data list` and `fundusfm data import`: public data sets become manifests."""


def import_source(*, name: str, root: str, out: str, partial: bool = False, overwrite: bool = False) -> None:
    """Makes a manifest of a public data set, as it was downloaded and unpacked.

    Nothing is downloaded and no photograph is touched: the manifest points to the files where they are. Beside the
    set's own labels it has the harmonised ones, such as `abnormal`, that mean the same for every set.

    Args:
        name: The data set, one of `fundusfm data list`.
        root: Folder that the data set was unpacked to; for `csv` also the table itself.
        out: Manifest to write, a .csv file. Its paths are relative to its folder.
        partial: Leave out photographs and masks that the set's tables list but that are not there.
        overwrite: Replace an existing manifest.

    Raises:
        SourceError: The name is unknown, a folder, file, column or photograph is missing, or `out` exists.
    """
    from fundusfm.data.sources.importing import run_import

    run_import(name=name, root=root, out=out, partial=partial, overwrite=overwrite)


def list_sources(*, name: str | None = None, json: bool = False) -> None:
    """Lists the public data sets that `fundusfm data import` reads, or describes one of them.

    Args:
        name: Describe this one: layout, labels, counts, licence and where to get it.
        json: Print JSON instead of text.

    Raises:
        SourceError: The name is unknown.
    """
    from fundusfm.data.sources.listing import describe, overview

    print(overview(json=json) if name is None else describe(name, json=json))
