"""`fundusfm dicom deidentify`: copies of DICOM photographs from which the patient cannot be told."""


def dicom_deidentify(*, images: list[str], out: str, salt_file: str) -> int:
    """Writes copies that keep the pixels, the eye and the camera model, and nothing else of the header.

    Follows the Basic Application Level Confidentiality Profile (DICOM PS3.15, annex E), by keeping a short list of
    attributes instead of removing a long one: names, identifiers, dates, comments, overlays and private tags are gone,
    UIDs and patient ids are replaced by ones that follow from the old and a secret salt, so that photographs of one
    patient and study stay together. Pixels are copied as they are; an image that declares text burned into them is
    refused. Writes OUT/instances and OUT/manifest.csv, which every command reads.

    Args:
        images: DICOM files, or folders that are searched for them.
        out: Folder to write; new or empty.
        salt_file: Secret of at least 16 bytes, made at random when the file does not exist. Keep it apart from OUT:
            with it, and an identifier, one can find that patient's copies.

    Returns:
        0, or 2 if a file was left out; the reasons are printed.

    Raises:
        ConfigError: No DICOM file is found, or the salt is too short or lies in OUT.
        RunFolderError: The folder is not empty.
        MissingExtraError: pydicom is not installed.
    """
    arguments = dict(locals())
    from fundusfm.data.dicom.deidentify import run_deidentify

    return run_deidentify(**arguments)
