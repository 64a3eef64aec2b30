"""Options of `fundusfm dicom ...` and `fundusfm pacs`."""

from dataclasses import dataclass

from fundusfm.config.shared import ResumableFolder
from fundusfm.config.types import File, Folder, InputPath, Label, Weights


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
        label: Label whose evidence overlays show; by default `abnormal`, or each frame's highest-scoring label.
        operating_point: Which of the card's thresholds decides: `referral`, `youden`, `sensitivity_0.95` or
            `specificity_0.95`; by default the referral rule where the model has one, else `youden`.
        overlays: Draw overlays; `--no-overlays` writes reports only.
        pdf: Write a report for people to read per study, as an Encapsulated PDF; `--no-pdf` leaves it out.
    """

    paths: list[InputPath]
    weights: Weights | None = None
    label: Label | None = None
    operating_point: str | None = None
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
        date: Study date, `20240131` or `2024-01-31`, or a range `20240101-20240131` with either side open.
        patient: Patient ID to restrict to.
        study: Study Instance UID to restrict to.
        label: Label whose evidence overlays show; by default `abnormal`, or each frame's highest-scoring label.
        operating_point: Which of the card's thresholds decides: `referral`, `youden`, `sensitivity_0.95` or
            `specificity_0.95`; by default the referral rule where the model has one, else `youden`.
        overlays: Draw and store overlays; `--no-overlays` stores reports only.
        store: Store in the archive; `--no-store` only writes the table.
        timeout: Seconds to wait for a connection, and for each part of an answer.
        retries: Attempts per request where the archive is busy or cannot be reached.
    """

    url: str
    out: File
    weights: Weights | None = None
    modality: str = "OP"
    date: str | None = None
    patient: str | None = None
    study: str | None = None
    label: Label | None = None
    operating_point: str | None = None
    overlays: bool = True
    store: bool = True
    timeout: float = 30.0
    retries: int = 4
