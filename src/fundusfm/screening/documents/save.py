"""The reports that `fundusfm predict` writes beside its table: a PDF and a FHIR bundle per person."""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from fundusfm.config.predict import PredictConfig
from fundusfm.data.inputs.source import Source
from fundusfm.errors import ConfigError, DecodeError, RunFolderError
from fundusfm.names import file_name
from fundusfm.progress import track
from fundusfm.runs import write_atomic
from fundusfm.screening.documents.copies import copies_text, find_copies
from fundusfm.screening.documents.fhir import diagnostic_report
from fundusfm.screening.documents.group import ALONE, PersonGroup, eye_of, group, short_name
from fundusfm.screening.documents.header import header_of, patient_of
from fundusfm.screening.documents.make import Writer
from fundusfm.screening.documents.pdf import Paper, person_report
from fundusfm.screening.documents.results import PatientFacts, PersonResult
from fundusfm.screening.screener import Screener

_SUFFIX = re.compile(r"\.[A-Za-z][A-Za-z0-9]{1,4}$")
"""Of a photograph's file; a number after a dot is part of the name."""

RowOf = Callable[[int], Mapping[str, Any]]


@dataclass(frozen=True)
class Documents:
    """Where reports are written; a folder that is None gets none.

    Attributes:
        pdf: Folder of the PDFs.
        fhir: Folder of the FHIR bundles.
        paper: Size of the pages.
        patient_system: URI of the system that patients' identifiers belong to.
        resume: Keep what is there already.
    """

    pdf: Path | None
    fhir: Path | None
    paper: Paper
    patient_system: str
    resume: bool

    @classmethod
    def wanted(cls, config: PredictConfig) -> "Documents | None":
        """Returns what a command asks for; None where it asks for no reports.

        Raises:
            ConfigError: An option is about reports that are not asked for.
            RunFolderError: A folder holds something already, and is neither to be continued nor overwritten.
        """
        if config.pdf is None and config.paper != "A4":
            raise ConfigError("--paper is the size of the reports' pages: add --pdf FOLDER.")
        if config.fhir is None and config.patient_system is not None:
            raise ConfigError("--patient-system is about FHIR reports: add --fhir FOLDER.")
        folders = [Path(folder) for folder in (config.pdf, config.fhir) if folder is not None]
        for folder in folders:
            if folder.exists() and not folder.is_dir():
                raise RunFolderError(f"{folder} is a file: name a folder for the reports.")
            if folder.is_dir() and any(folder.iterdir()) and not (config.overwrite or config.resume):
                raise RunFolderError(
                    f"{folder} is not empty: give another folder, or --overwrite to replace reports of the same name."
                )
        if not folders:
            return None
        return cls(
            None if config.pdf is None else Path(config.pdf),
            None if config.fhir is None else Path(config.fhir),
            config.paper,
            config.patient_system or "",
            config.resume,
        )

    def save(self, screener: Screener, sources: Sequence[Source], row_of: RowOf, *, now: datetime) -> str:
        """Writes a report per person where the patient is known, else per photograph or pair of names.

        Args:
            screener: What made the rows.
            sources: The photographs.
            row_of: Returns the row of a position among them.
            now: When they were screened, with its time zone.

        Returns:
            What was written, as a sentence.
        """
        for _, folder, _ in self._folders():
            folder.mkdir(parents=True, exist_ok=True)
        writer = Writer.of(screener)
        people = group(sources)
        copies = find_copies(sources)
        names = list(_names(people))
        for person, name in track(
            list(zip(people, names, strict=True)), label="reports", total=len(people), unit="person"
        ):
            files = {kind: folder / f"{name}{suffix}" for kind, folder, suffix in self._folders()}
            if self.resume and all(file.exists() for file in files.values()):
                continue
            result = _result(person, writer, sources, row_of, now, pictures="pdf" in files)
            result = replace(result, remarks=_remarks(person, sources, copies))
            pdf = person_report(result, paper=self.paper) if "pdf" in files else None
            if pdf is not None:
                write_atomic(files["pdf"], pdf)
            if "fhir" in files:
                bundle = diagnostic_report(result, pdf=pdf, patient_system=self.patient_system)
                write_atomic(files["fhir"], json.dumps(bundle, indent=1, ensure_ascii=False) + "\n")
        folders = " and ".join(str(folder) for _, folder, _ in self._folders())
        return f"wrote reports on {len(people)} {'person' if len(people) == 1 else 'people'} to {folders}"

    def _folders(self) -> list[tuple[str, Path, str]]:
        known = (("pdf", self.pdf, ".pdf"), ("fhir", self.fhir, ".json"))
        return [(kind, folder, suffix) for kind, folder, suffix in known if folder is not None]


def _result(
    person: PersonGroup, writer: Writer, sources: Sequence[Source], row_of: RowOf, now: datetime, *, pictures: bool
) -> PersonResult:
    patient = PatientFacts()
    photographs = []
    for place in person.places:
        try:
            photograph = sources[place].read()
        except DecodeError:
            photograph = None
        if photograph is not None and not patient.identifier and (header := header_of(photograph)) is not None:
            patient = patient_of(header)
        found = writer.photograph(row_of(place), photograph, eye=eye_of(sources[place]), pictures=pictures)
        name = short_name(sources[place])
        photographs.append(
            replace(found, name=name, reason=found.reason.replace(found.name, name), eye_doubt=sources[place].doubt)
        )
    if person.patient:
        patient = replace(patient, identifier=person.patient)
    return PersonResult(person.title, photographs, writer.model(), now, patient, person.how)


def _remarks(person: PersonGroup, sources: Sequence[Source], copies: Sequence[Sequence[int]]) -> list[str]:
    """Returns which of a person's photographs are also somebody else's, or of the other eye."""
    return [
        copies_text([short_name(sources[place]) for place in places])
        for places in copies
        if not set(places).isdisjoint(person.places)
    ]


def _names(people: Sequence[PersonGroup]) -> Iterator[str]:
    """Yields a name of a file per person, all different on every file system."""
    used: set[str] = set()
    for person in people:
        wanted = person.patient or (_SUFFIX.sub("", person.title) if person.how == ALONE else person.title)
        name, number = file_name(wanted), 1
        while name.casefold() in used:
            number += 1
            name = file_name(f"{wanted} ({number})")
        used.add(name.casefold())
        yield name
