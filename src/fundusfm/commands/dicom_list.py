"""`fundusfm dicom list`: a manifest of DICOM photographs, filled from their headers."""


def dicom_list(*, images: list[str], out: str) -> int:
    """Makes a manifest of DICOM photographs: image, patient, eye, frames, study, series and instance.

    Labels can be added as columns. DICOM files without an image, such as reports, are left out.

    Args:
        images: DICOM files, or folders that are searched for them.
        out: CSV file to write; paths in it are relative to its folder.

    Returns:
        0, or 2 if a file could not be read; the reasons are printed.

    Raises:
        ConfigError: No DICOM file is found, or the table's folder does not exist.
        MissingExtraError: pydicom is not installed.
    """
    arguments = dict(locals())
    from fundusfm.data.dicom.listing import run_list

    return run_list(**arguments)
