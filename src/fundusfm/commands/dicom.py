"""The commands `fundusfm dicom ...`, `fundusfm pacs` and `fundusfm listen`."""

from typing import TYPE_CHECKING

from fundusfm.commands.command import command
from fundusfm.config.dicom import DicomDeidentifyConfig, DicomListConfig, DicomReportConfig, ListenConfig, PacsConfig

if TYPE_CHECKING:
    import pandas as pd


@command(DicomListConfig, renamed={"images": "paths"})
def dicom_list(config: DicomListConfig) -> "pd.DataFrame":
    """Makes a manifest of DICOM photographs, a row per frame: image, patient, eye, frames, study, series and instance.

    `eye_doubt` says where the places of a header that name the eye, or the file's name, contradict each other; `eye` is
    empty then. Labels can be added as columns. DICOM files without an image, such as reports, are left out.

    Returns:
        The manifest; `attrs["left_out"]` counts files that could not be read.

    Raises:
        ConfigError: No DICOM file is found, or `out` is a folder.
        MissingExtraError: pydicom is not installed.
    """
    from fundusfm.data.dicom.listing import run_list

    return run_list(config)


@command(DicomReportConfig, renamed={"images": "paths"})
def dicom_report(config: DicomReportConfig) -> "pd.DataFrame":
    """Scores DICOM photographs and writes what an archive takes back: structured reports, overlays and a PDF.

    Writes OUT/instances (Comprehensive SR per image, with finding, score, calibrated probability, decision, model and
    operating point; Grad-CAM as a secondary capture per frame; a report for people to read per study, as an
    Encapsulated PDF; all in the patient's study) and OUT/results.csv with a row per frame. UIDs follow from image and
    model, so that a second run yields the same instances.

    Returns:
        A row per frame, as in OUT/results.csv.

    Raises:
        WeightsError: The weights are missing or have no head.
        ConfigError: No DICOM file is found, or the model has no such operating point.
        LabelError: The model has no such label.
        MissingExtraError: highdicom or pydicom is not installed.
    """
    from fundusfm.screening.dicom.report import run_report

    return run_report(config)


@command(DicomDeidentifyConfig, renamed={"images": "paths"})
def dicom_deidentify(config: DicomDeidentifyConfig) -> "pd.DataFrame":
    """Writes copies that keep the pixels, the eye and the camera model, and nothing else of the header.

    Follows the Basic Application Level Confidentiality Profile (DICOM PS3.15, annex E), by keeping a short list of
    attributes instead of removing a long one: names, identifiers, dates, comments, overlays and private tags are gone,
    UIDs and patient ids are replaced by ones that follow from the old and a secret salt, so that photographs of one
    patient and study stay together. Pixels are copied as they are; an image that declares text burned into them is
    refused. Writes OUT/instances and OUT/manifest.csv, which every command reads.

    Returns:
        The manifest of the copies; `attrs["left_out"]` counts the files left out.

    Raises:
        ConfigError: No DICOM file is found, or the salt is too short or lies in OUT.
        RunFolderError: The folder is not empty.
        MissingExtraError: pydicom is not installed.
    """
    from fundusfm.data.dicom.deidentify import run_deidentify

    return run_deidentify(config)


@command(PacsConfig)
def pacs(config: PacsConfig) -> "pd.DataFrame":
    """Finds photographs in an archive (QIDO-RS), fetches (WADO-RS) and scores them, and stores reports there (STOW-RS).

    An image that already has a report of the same model and operating point is left alone, so the command can be
    stopped and started again at any time. With --watch it searches again every few minutes until it is stopped
    (SIGTERM, Ctrl-C), and an archive that cannot be reached is asked again after longer and longer pauses. Credentials
    come from the environment: FUNDUSFM_PACS_TOKEN (bearer), or FUNDUSFM_PACS_USER and FUNDUSFM_PACS_PASSWORD.

    Returns:
        A row per frame, as in the table that --out names.

    Raises:
        PacsError: The archive cannot be reached, refuses, or answers with something else than DICOMweb.
        WeightsError: The weights are missing or have no head.
        ConfigError: An option is out of range, or the model has no such operating point.
        LabelError: The model has no such label.
        RunFolderError: Another process is at work in the table.
        MissingExtraError: highdicom, pydicom or dicomweb-client is not installed.
    """
    from fundusfm.screening.dicom.pacs import run_pacs

    return run_pacs(config)


@command(ListenConfig)
def listen(config: ListenConfig) -> "pd.DataFrame":
    """Receives photographs as an archive does (C-STORE), screens them, and sends reports back, until told to stop.

    A study is complete when nothing more has come for a while. Then it gets structured reports, overlays and a PDF,
    as from `dicom report`, which go to every archive of --to, again and again until it has them. A received file is on
    the disk before its sender is told so, and the journal knows the state of every study, so nothing is lost or done
    twice if the service is killed. Events are lines of JSON on standard error; SIGTERM ends the service in order.

    Returns:
        The journal, a row per study: state, reason, and how many images, results and deliveries it has.

    Raises:
        ConfigError: An option is out of range, an address cannot be used, or the model has no such operating point.
        WeightsError: The weights are missing or have no head.
        LabelError: The model has no such label.
        RunFolderError: Another process works in the spool.
        AuditError: The audit log cannot be written, or was cut or changed.
        MissingExtraError: The extra `dicom` is not installed.
    """
    if config.status:  # what the service needs takes seconds to import
        from fundusfm.listen.status import show_status

        return show_status(config.spool)
    from fundusfm.listen.service import run_listen

    return run_listen(config)
