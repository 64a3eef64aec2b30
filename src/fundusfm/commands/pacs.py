"""`fundusfm pacs`: screens the photographs of an archive through DICOMweb and files the reports there."""


def pacs(
    *,
    url: str,
    weights: str,
    out: str,
    modality: str = "OP",
    date: str | None = None,
    patient: str | None = None,
    study: str | None = None,
    label: str | None = None,
    operating_point: str = "youden",
    overlays: bool = True,
    store: bool = True,
    timeout: float = 30.0,
    retries: int = 4,
) -> int:
    """Finds photographs in an archive (QIDO-RS), fetches (WADO-RS) and scores them, and stores reports there (STOW-RS).

    An image that already has a report of the same model and operating point is left alone, so the command can be
    stopped and started again at any time. Credentials come from the environment: FUNDUSFM_PACS_TOKEN (bearer), or
    FUNDUSFM_PACS_USER and FUNDUSFM_PACS_PASSWORD.

    Args:
        url: Of the DICOMweb service, such as `https://archive.example/dicom-web`.
        weights: Bundle with a head, a run folder that holds one, or a name from `fundusfm weights list`.
        out: Table of results to write or go on with, CSV: a row per frame.
        modality: Of the series to look at.
        date: Study date, `20240131`, or a range `20240101-20240131` with either side open.
        patient: Patient ID to restrict to.
        study: Study Instance UID to restrict to.
        label: Whose evidence overlays show; `abnormal`, or each frame's highest-scoring label, by default.
        operating_point: Of the model's card, for decisions.
        overlays: Draw and store overlays; `--no-overlays` stores reports only.
        store: Store in the archive; `--no-store` only writes the table.
        timeout: Seconds to wait for a connection, and for each part of an answer.
        retries: Attempts per request where the archive is busy or cannot be reached.

    Returns:
        0, or 3 if an image failed or could not be stored; one that is refused (`ungradable`, `not_fundus`) has not.

    Raises:
        PacsError: The archive cannot be reached, refuses, or answers with something else than DICOMweb.
        WeightsError: The weights are missing or have no head.
        ConfigError: An option is out of range, or the model has no such operating point.
        LabelError: The model has no such label.
        RunFolderError: Another process is at work in the table.
        MissingExtraError: highdicom, pydicom or dicomweb-client is not installed.
    """
    arguments = dict(locals())
    from fundusfm.screening.dicom.pacs import run_pacs

    return run_pacs(**arguments)
