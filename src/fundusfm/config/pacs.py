"""Options of `fundusfm pacs`."""

from dataclasses import dataclass

from fundusfm.config.types import File, Label, Weights


@dataclass(frozen=True, kw_only=True)
class PacsConfig:
    """Options of `fundusfm pacs`.

    Attributes:
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
    """

    url: str
    weights: Weights
    out: File
    modality: str = "OP"
    date: str | None = None
    patient: str | None = None
    study: str | None = None
    label: Label | None = None
    operating_point: str = "youden"
    overlays: bool = True
    store: bool = True
    timeout: float = 30.0
    retries: int = 4
