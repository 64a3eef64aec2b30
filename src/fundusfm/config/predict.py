"""Options of `fundusfm predict` and `fundusfm export`."""

from dataclasses import dataclass
from typing import Literal

from fundusfm.config.shared import ComputingOptions
from fundusfm.config.types import File, Folder, InputPath, OperatingPoint, Weights


@dataclass(frozen=True, kw_only=True)
class PredictConfig(ComputingOptions):
    """Options of `fundusfm predict`.

    Attributes:
        paths: Image files, folders (searched to any depth), zip archives, and manifests (CSV or Parquet).
        weights: Bundle with a head, run folder that holds one, or listed name; `light`, which ships with the package,
            by default.
        ensemble: Further bundles of the same labels, whose scores are averaged with those of --weights.
        out: Table to write; its suffix says how: .csv, .parquet or .jsonl. Without it the rows are only shown.
        operating_point: Which of the card's thresholds decides: `referral`, `youden`, `sensitivity_0.95` or
            `specificity_0.95`; by default the referral rule where the model has one, else `youden`.
        per: Also write a table of eyes, patients or visits, where the worst photograph decides; needs a manifest with
            the columns patient, and eye or visit, or DICOM files, whose headers name them (a visit is a study).
        tta: Average each photograph with its three mirror images: four times the work, a little better.
        structures: Bundle of a segmenter, such as `structures`: adds columns with the lesions, optic disc, vessels and
            arteriole-to-venule ratio that it finds in photographs that are `ok`. Lesions are marked too often.
        engine: `local`, or `ray` for archives on a cluster whose machines see the same paths.
        address: Of the Ray cluster's head, or `auto`; without it one is started on this machine.
        single_process: Decode in this process, not beside it.
        spreadsheet_safe: Put an apostrophe before cells that a spreadsheet would run as a formula, such as a file name
            that begins with `=`.
        pdf: Also write a report as PDF to this folder: one per person where a manifest or DICOM header names the
            patient or file names differ in the eye only, else one per photograph.
        paper: Size of the PDF's pages.
        fhir: Also write the same reports as FHIR R4 bundles (JSON) to this folder, which a server takes as they are.
        patient_system: URI of the system that patient identifiers belong to, for the FHIR bundles.
        audit_log: Also add a line per photograph to this file, each chained to the one before it by its hash: time,
            hash of the photograph, model, decision; no name and no picture. `fundusfm audit verify` checks it.
        json: Print counts of photographs by status, and of the files that folders and archives hold besides, as JSON.
        overwrite: Replace an existing table.
        resume: Continue a run that was stopped; rows that are done are kept.
    """

    paths: list[InputPath]
    weights: Weights | None = None
    ensemble: list[Weights] | None = None
    out: File | None = None
    operating_point: OperatingPoint | None = None
    per: Literal["eye", "patient", "visit"] | None = None
    tta: bool = False
    structures: Weights | None = None
    engine: Literal["local", "ray"] = "local"
    address: str | None = None
    single_process: bool = False
    spreadsheet_safe: bool = False
    pdf: Folder | None = None
    paper: Literal["A4", "Letter"] = "A4"
    fhir: Folder | None = None
    patient_system: str | None = None
    audit_log: File | None = None
    json: bool = False
    overwrite: bool = False
    resume: bool = False


@dataclass(frozen=True, kw_only=True)
class ExportConfig:
    """Options of `fundusfm export`.

    Attributes:
        results: Table of `fundusfm predict`.
        to: Program that shall import it: `fiftyone` or `label-studio`.
        out: Folder for the files to import.
        images: Folder that Label Studio serves photographs from; by default the working folder. Relative paths of the
            table are looked for there, beside the table, and in the working folder.
        url: What Label Studio fetches a photograph from, before its path in --images; by default its own local storage.
        overwrite: Replace files of an earlier export.
    """

    results: File
    to: Literal["fiftyone", "label-studio"]
    out: Folder
    images: Folder | None = None
    url: str = "/data/local-files/?d="
    overwrite: bool = False
