"""The data of a person's report, independent of who screened the photographs."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID, uuid5

import numpy as np
from numpy.typing import NDArray

from fundusfm.screening.audit.trace import Trace
from fundusfm.screening.documents.outcome import Outcome, outcome_of, rank_in_eye
from fundusfm.screening.documents.structures import StructuresResult
from fundusfm.screening.documents.views import View

_NAMESPACE = UUID("b1c6f0a7-0e0b-5d4f-9d5e-7f3f2c0d6a41")
"""Of the numbers of reports."""


@dataclass(frozen=True)
class LabelResult:
    """What the model says about one label of a photograph.

    Attributes:
        label: As the model calls it.
        name: In words.
        definition: What a positive of it means.
        number: Position among the model's labels, from 1.
        score: 0..1, to compare with the threshold.
        probability: Calibrated, 0..1.
        prevalence: Share of photographs with the label among whom the probability holds; None where not known.
        threshold: Score from which on it refers a photograph; None where it refers none.
        found: Whether the photograph is referred for it.
        healthy: Whether it says that nothing was found.
    """

    label: str
    name: str
    definition: str
    number: int
    score: float
    probability: float | None
    prevalence: float | None
    threshold: float | None
    found: bool
    healthy: bool


@dataclass(frozen=True)
class ImageReference:
    """A photograph's place in an archive.

    Attributes:
        study: Study Instance UID.
        series: Series Instance UID.
        instance: SOP Instance UID.
        sop_class: SOP Class UID.
        modality: Such as `OP`.
        frame: From 1.
    """

    study: str
    series: str
    instance: str
    sop_class: str
    modality: str
    frame: int = 1


@dataclass(frozen=True)
class EvidenceMap:
    """Where in a photograph the evidence for a label lies.

    Attributes:
        name: The label in words.
        heat: float32 (h, w) in 0..1 over the square of the photograph's view.
    """

    name: str
    heat: NDArray[np.float32]


@dataclass(frozen=True)
class PhotographResult:
    """One screened photograph.

    Attributes:
        name: Its file or row.
        eye: `left` or `right`; empty where it is not stated.
        status: `ok`, `ungradable`, `not_fundus` or `failed`.
        reason: Why it was not scored; may be empty.
        quality: 0 (of no use) to 1; None where it was not measured.
        refer: `yes`, `no`, `take_again` or `not_fundus`; empty where the model has nothing to decide by.
        uncertain: Whether the decision hangs on little; None where nothing was decided.
        verdict: The decision as a line of text.
        advice: What to know or do about it; may be empty.
        labels: One per label of the model; none where nothing was scored.
        view: Its crop; None where it could not be decoded.
        evidence: For the label that matters most; None where nothing was found.
        trace: How an audit log identifies it.
        reference: Its place in an archive; None for a file.
        both_eyes: Whether the scores rest on the person's other eye too.
        eye_doubt: What contradicts what about the eye; empty where nothing does.
        structures: Lesions, optic disc and vessels; None where they were not looked for.
    """

    name: str
    eye: str
    status: str
    reason: str
    quality: float | None
    refer: str
    uncertain: bool | None
    verdict: str
    advice: str
    labels: Sequence[LabelResult] = ()
    view: View | None = None
    evidence: EvidenceMap | None = None
    trace: Trace = field(default_factory=Trace)
    reference: ImageReference | None = None
    both_eyes: bool = False
    eye_doubt: str = ""
    structures: StructuresResult | None = None


@dataclass(frozen=True)
class PatientFacts:
    """Who a person is, as far as files or tables say so; empty where they do not.

    Attributes:
        identifier: Such as the Patient ID of a DICOM header, or the cell of a manifest.
        issuer: Who gave the identifier.
        name: For people to read.
        born: Date of birth.
        sex: `M`, `F` or `O`.
        photographed: Day of the study.
        accession: Accession number of the study.
    """

    identifier: str = ""
    issuer: str = ""
    name: str = ""
    born: date | None = None
    sex: str = ""
    photographed: date | None = None
    accession: str = ""


@dataclass(frozen=True)
class SegmenterFacts:
    """What found the structures.

    Attributes:
        name: Of the segmenter.
        architecture: Of its network.
        sha256: Of the weights.
        digest: SHA-256 of weights and card: equal digests find the same.
        limits: What it must not be used for; from the card.
    """

    name: str
    architecture: str
    sha256: str
    digest: str
    limits: Sequence[str]


@dataclass(frozen=True)
class ModelFacts:
    """What made and decided the results.

    Attributes:
        name: Of the model; several are joined by ` + `.
        architecture: Of its network; likewise.
        sha256: Of the weights; likewise.
        digest: SHA-256 of weights, cards and operating point: equal digests score and decide alike.
        version: Of FundusFM.
        point: Name of the operating point that decided; empty where none did.
        decided_by: The same in words.
        intended_use: From the card.
        limits: What the model must not be used for; from the card.
        segmenter: What found the structures; None where they were not looked for.
    """

    name: str
    architecture: str
    sha256: str
    digest: str
    version: str
    point: str
    decided_by: str
    intended_use: str
    limits: Sequence[str]
    segmenter: SegmenterFacts | None = None


@dataclass(frozen=True)
class PersonResult:
    """One person's photographs, and what is to be done.

    Attributes:
        title: What to call the person where no name is known: an identifier, a number or a file.
        photographs: At least one.
        model: What made and decided the results.
        screened: When, with its time zone.
        patient: Who it is.
        how: How it is known that the photographs are of one person; may be empty.
        remarks: What else a reader must know, as sentences.
    """

    title: str
    photographs: Sequence[PhotographResult]
    model: ModelFacts
    screened: datetime
    patient: PatientFacts = field(default_factory=PatientFacts)
    how: str = ""
    remarks: Sequence[str] = ()

    @property
    def identity(self) -> UUID:
        """Number of the report: the same for the same photographs, models and person, whenever it is written.

        Copies of a photograph under other people's names have equal bytes, so what the person is called counts too.
        """
        whose = (self.patient.issuer, self.patient.identifier, self.title)
        parts = sorted(f"{one.trace.sha256 or one.name} {one.trace.frame} {one.eye}" for one in self.photographs)
        found_by = [] if self.model.segmenter is None else [self.model.segmenter.digest]
        return uuid5(_NAMESPACE, "\n".join([self.model.digest, *found_by, *whose, *parts]))

    @property
    def outcome(self) -> Outcome:
        """What is to be done."""
        return outcome_of(self.photographs)

    def of_eye(self, eye: str) -> list[PhotographResult]:
        """Returns the photographs of an eye, the one that decides first; an empty eye is one that is not stated."""
        return sorted((one for one in self.photographs if one.eye == eye), key=rank_in_eye)
