"""Options of `fundusfm dicom ...`, `fundusfm pacs` and `fundusfm listen`."""

from dataclasses import dataclass

from fundusfm.config.shared import ResumableFolder
from fundusfm.config.types import Date, File, Folder, InputPath, Label, Minutes, Weights


@dataclass(frozen=True, kw_only=True)
class DicomListConfig:
    """Options of `fundusfm dicom list`.

    Attributes:
        paths: DICOM files; folders, zip archives and manifests that hold some.
        out: CSV file to write; paths in it are relative to its folder.
    """

    paths: list[InputPath]
    out: File


@dataclass(frozen=True, kw_only=True)
class DicomReportConfig(ResumableFolder):
    """Options of `fundusfm dicom report`.

    Attributes:
        paths: DICOM files; folders, zip archives and manifests that hold some.
        weights: Bundle with a head, run folder that holds one, or listed name; `light`, which ships with the package,
            by default.
        label: Label whose evidence overlays show; by default the label that the frame is referred for, and none
            where it is not referred.
        operating_point: Which of the card's thresholds decides: `referral`, `youden`, `sensitivity_0.95` or
            `specificity_0.95`; by default the referral rule where the model has one, else `youden`.
        structures: Bundle of a segmenter, such as `structures`: adds a DICOM Segmentation of each frame that is `ok`,
            and columns with the lesions and the optic disc in it.
        overlays: Draw overlays; `--no-overlays` writes reports only.
        pdf: Write a report for people to read per study, as an Encapsulated PDF; `--no-pdf` leaves it out.
    """

    paths: list[InputPath]
    weights: Weights | None = None
    label: Label | None = None
    operating_point: str | None = None
    structures: Weights | None = None
    overlays: bool = True
    pdf: bool = True


@dataclass(frozen=True, kw_only=True)
class DicomDeidentifyConfig:
    """Options of `fundusfm dicom deidentify`.

    Attributes:
        paths: DICOM files; folders, zip archives and manifests that hold some.
        out: Folder to write; new or empty.
        salt_file: Secret of at least 16 bytes, made at random when the file does not exist. Keep it apart from OUT:
            with it, and an identifier, one can find that patient's copies.
    """

    paths: list[InputPath]
    out: Folder
    salt_file: File


@dataclass(frozen=True, kw_only=True)
class PacsConfig:
    """Options of `fundusfm pacs`.

    Attributes:
        url: Address of the DICOMweb service, such as `https://archive.example/dicom-web`.
        weights: Bundle with a head, run folder that holds one, or listed name; `light`, which ships with the package,
            by default.
        out: Table of results to write or go on with, CSV: a row per frame.
        modality: Modality of the series to screen.
        date: Study date, `20240131`, `2024-01-31`, `today` or `yesterday`; a range `20240101-20240131` with either side
            open; or `-2d` for the last two days and today, `-1w` for the last week.
        patient: Patient ID to restrict to.
        study: Study Instance UID to restrict to.
        label: Label whose evidence overlays show; by default the label that the frame is referred for, and none
            where it is not referred.
        operating_point: Which of the card's thresholds decides: `referral`, `youden`, `sensitivity_0.95` or
            `specificity_0.95`; by default the referral rule where the model has one, else `youden`.
        structures: Bundle of a segmenter, such as `structures`: adds a DICOM Segmentation of each frame that is `ok`,
            and columns with the lesions and the optic disc in it.
        overlays: Draw and store overlays; `--no-overlays` stores reports only.
        store: Store in the archive; `--no-store` only writes the table.
        watch: Minutes from one search to the next; goes on until it is stopped. Without it one search is made.
        timeout: Seconds to wait for a connection, and for each part of an answer.
        retries: Attempts per request where the archive is busy or cannot be reached.
    """

    url: str
    out: File
    weights: Weights | None = None
    modality: str = "OP"
    date: Date | None = None
    patient: str | None = None
    study: str | None = None
    label: Label | None = None
    operating_point: str | None = None
    structures: Weights | None = None
    overlays: bool = True
    store: bool = True
    watch: Minutes | None = None
    timeout: float = 30.0
    retries: int = 4


@dataclass(frozen=True, kw_only=True)
class ListenConfig:
    """Options of `fundusfm listen`.

    Attributes:
        spool: Folder on a local disk for the journal and for files until they are delivered.
        to: Where results go: `dicom://TITLE@HOST:PORT` (C-STORE), `dicom+tls://TITLE@HOST:PORT`, the address of a
            DICOMweb service, or that of a FHIR server behind `fhir+`. Each study goes to all of them.
        watch: Folders to take DICOM files from; they are read and left as they are.
        receive: Take images from the network; `--no-receive` only watches folders.
        host: Address to listen on; 0.0.0.0 is every interface.
        port: TCP port.
        ae_title: Title of this service, as peers must call it.
        peers: Who may send, as `TITLE@ADDRESS`, such as `CAMERA1@192.168.1.20`. A network, such as 10.1.2.0/24, is an
            address too, and a star stands for any title or address. By default any title of this machine only.
        tls_certificate: Certificate of this service, PEM; with it all connections to it are encrypted.
        tls_key: Its private key, PEM.
        tls_ca: Certificates of the authorities by which peers are checked, PEM; with it, who sends must show one.
        quiet: Seconds without a further image after which a study is complete.
        weights: Bundle with a head, run folder that holds one, or listed name; `light`, which ships with the package,
            by default.
        label: Label whose evidence overlays show; by default the label that the frame is referred for, and none
            where it is not referred.
        operating_point: Which of the card's thresholds decides: `referral`, `youden`, `sensitivity_0.95` or
            `specificity_0.95`; by default the referral rule where the model has one, else `youden`.
        structures: Bundle of a segmenter, such as `structures`: adds a DICOM Segmentation of each frame that is `ok`.
        overlays: Draw overlays; `--no-overlays` sends reports only.
        pdf: Write a report for people to read per study, as an Encapsulated PDF; `--no-pdf` leaves it out.
        patient_system: URI of the system that patients' identifiers belong to, for FHIR.
        fhir_token: File with a bearer token of the FHIR server.
        audit_log: Add a line per frame to this file, each chained to the one before it by its hash: time, hash of the
            SOP Instance UID, model, decision; no name and no picture. What cannot be logged is not delivered.
        most_waiting: Most images that wait for delivery; beyond it senders are told that resources are used up.
        free_gigabytes: Disk space to leave free, in GB; below it senders are told that resources are used up.
        timeout: Seconds to wait for a peer's answer.
        give_up: Hours after which a study that cannot be delivered has failed.
        once: Do what is waiting, in the folders and in the journal, and end; nothing is received.
        status: Show the journal and end.
        retry_failed: Try studies that failed again.
    """

    spool: Folder
    to: list[str] | None = None
    watch: list[Folder] | None = None
    receive: bool = True
    host: str = "127.0.0.1"
    port: int = 11112
    ae_title: str = "FUNDUSFM"
    peers: list[str] | None = None
    tls_certificate: File | None = None
    tls_key: File | None = None
    tls_ca: File | None = None
    quiet: float = 30.0
    weights: Weights | None = None
    label: Label | None = None
    operating_point: str | None = None
    structures: Weights | None = None
    overlays: bool = True
    pdf: bool = True
    patient_system: str | None = None
    fhir_token: File | None = None
    audit_log: File | None = None
    most_waiting: int = 2000
    free_gigabytes: float = 2.0
    timeout: float = 30.0
    give_up: float = 168.0
    once: bool = False
    status: bool = False
    retry_failed: bool = False
