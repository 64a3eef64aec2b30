"""Screens photographs to rows: the part that commands, Python, the server and the DICOM services share."""

import time
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fundusfm.data.inputs.photograph import Photograph
from fundusfm.models.calibrate import logits_of
from fundusfm.models.engine.devices import AUTO
from fundusfm.models.fellow import FELLOW as FELLOW_EYE
from fundusfm.models.fellow import both_eyes_scores, fellow_logits
from fundusfm.screening.advice import advice_for
from fundusfm.screening.audit.record import TRACE
from fundusfm.screening.ensemble import Ensemble, Scores
from fundusfm.screening.gates.fundus import why_not_fundus
from fundusfm.screening.gates.quality import judge_quality
from fundusfm.screening.prepare import Prepared, Unreadable, prepare
from fundusfm.screening.referral import JOIN, NO_FUNDUS, TAKE_AGAIN, refer
from fundusfm.screening.uncertain import is_uncertain
from fundusfm.structures.finder import FoundStructures, StructureFinder, with_size

FIRST_COLUMNS = ("image", "refer", "why", "uncertain", "status", "reason", "quality")
WHAT = ("score", "probability", "decision", "uncertain")
"""What is said of a label, in columns `<label>.score` and so on."""

OK, UNGRADABLE, NOT_FUNDUS, FAILED = "ok", "ungradable", "not_fundus", "failed"
REFUSED = (UNGRADABLE, NOT_FUNDUS)
"""Statuses of photographs that were decoded and are not scored; these are results, not failures."""

FELLOW = "fellow"
"""Column of the fellow eye's photographs that a row's scores rest on too; empty where they rest on one eye."""

_SOME_FAILED = 3

_DIGITS = 6


class Screener:
    """Loaded bundles that screen photographs.

    Args:
        weights: Bundles, run folders that hold one, or listed names; several are averaged.
        tta: Average each photograph with its three mirror images: four passes of the network instead of one.
        operating_point: Name of the thresholds that decide about labels: `referral`, `youden`, `sensitivity_0.95` or
            `specificity_0.95`; None for the referral rule where the bundles have one, else `youden`.
        decides: False for scores without decisions about labels.
        device: What computes; see `fundusfm.models.engine.devices`.
        structures: Segmenter that also looks for lesions, disc and vessels in photographs that are `ok`.

    Raises:
        WeightsError: A bundle is missing, damaged, or has no head.
        ConfigError: The bundles' labels differ, or none has the operating point.
    """

    def __init__(
        self,
        weights: Sequence[str],
        *,
        tta: bool = False,
        operating_point: str | None = None,
        decides: bool = True,
        device: str = AUTO,
        structures: str | None = None,
    ) -> None:
        self.ensemble = Ensemble(weights, device=device)
        self.structures = None if structures is None else StructureFinder(structures, device=device)
        self.operating_point: str | None = None
        if decides:
            self.decide_at(operating_point or self.ensemble.default_point)
        self._tta = tta

    def decide_at(self, operating_point: str) -> None:
        """Decides at another operating point from now on.

        Raises:
            ConfigError: No label has this operating point.
        """
        self.ensemble.decide_at(operating_point)
        self.operating_point = operating_point

    @property
    def columns(self) -> list[str]:
        """Names of a row's cells, in the order that every table has."""
        named = columns_of(self.ensemble.labels, both_eyes=self.ensemble.both_eyes is not None)
        return named + (self.structures.columns if self.structures else [])

    @property
    def sizes(self) -> list[int]:
        """Sides of the crops that a photograph needs, in pixels."""
        return with_size(self.ensemble.sizes, self.structures)

    def prepare(self, photograph: Photograph) -> Prepared | Unreadable:
        """Decodes and crops a photograph; needs no network, so it may run in another process."""
        return prepare(photograph, self.sizes)

    def screen(self, photographs: Sequence[Photograph]) -> list[dict[str, Any]]:
        """Returns one row per photograph, in order; see `screen_prepared`."""
        return self.screen_prepared([self.prepare(photograph) for photograph in photographs])

    def screen_prepared(
        self, photographs: Sequence[Prepared | Unreadable], *, gate: bool = True
    ) -> list[dict[str, Any]]:
        """Scores what `prepare` returned.

        Args:
            photographs: Decoded and cropped photographs, or why they are not.
            gate: False also scores what is not `ok` but was decoded, for research.

        Returns:
            One row per photograph with the cells of `columns`. `refer` is `yes`, `no`, `take_again` or `not_fundus`,
            and `why` says for what, or why to take it again; both are None where the model has no referral rule, and
            `refer` also for a file that failed.
            `uncertain` is 1 where a decision hangs on little, see `fundusfm.screening.uncertain`. `status` is `ok`,
            `ungradable` (a fundus photograph that cannot be read), `not_fundus` or `failed` (no image), and `reason`
            says why it is not `ok`. Scores, probabilities and decisions are None unless the status is `ok`; a decision
            is 0 or 1, and None where the label has no operating point. A photograph that was prepared with a trace has
            it under `trace`.
        """
        started = time.perf_counter()
        readable = [photograph for photograph in photographs if isinstance(photograph, Prepared)]
        scores = self.ensemble.score(readable, tta=self._tta) if readable else None
        place = iter(range(len(readable)))
        rows = [
            self._empty_row(photograph)
            if isinstance(photograph, Unreadable) or scores is None
            else self._row(photograph, scores, next(place), gate=gate)
            for photograph in photographs
        ]
        if self.structures is not None:
            for photograph, row in zip(photographs, rows, strict=True):
                if isinstance(photograph, Prepared) and row["status"] == OK:
                    row |= found_in(photograph, self.structures).cells
        share = (time.perf_counter() - started) / max(1, len(readable))
        distances = iter([None] * len(readable) if scores is None or scores.distances is None else scores.distances)
        for photograph, row in zip(photographs, rows, strict=True):
            scored = isinstance(photograph, Prepared)
            distance = next(distances) if scored else None
            if photograph.trace is not None:
                row[TRACE] = photograph.trace.scored(share if scored else 0.0, distance)
        return rows

    def _row(self, photograph: Prepared, scores: Scores, place: int, *, gate: bool) -> dict[str, Any]:
        row: dict[str, Any] = dict.fromkeys(self.columns)
        distance = None if scores.distances is None else float(scores.distances[place])
        quality = judge_quality(photograph.evidence)
        refusal = why_not_fundus(photograph.evidence, distance)
        status = NOT_FUNDUS if refusal else UNGRADABLE if quality.reason else OK
        row |= {"image": photograph.name, "status": status, "reason": refusal or quality.reason}
        row["quality"] = 0.0 if refusal else quality.value
        if status != OK:
            row |= self._not_judged(status, row["reason"])
            if gate:
                return row
        return row | self._decided(scores.scores[place], scores.probabilities[place], status, quality.value)

    def with_fellows(
        self, rows: Sequence[dict[str, Any]], people: Sequence[str], eyes: Sequence[str]
    ) -> list[dict[str, Any]]:
        """Scores and decides again where both eyes of a person are there and the models know what to make of it.

        Args:
            rows: What `screen_prepared` returned.
            people: Whose photographs they are, and of which visit; empty where nobody is named.
            eyes: `left`, `right`, or empty.

        Returns:
            The rows, in order: those whose fellow eye was scored too, with new cells and its photographs under
            `fellow`; all others as they were.
        """
        term, labels = self.ensemble.both_eyes, self.ensemble.labels
        final = list(rows)
        scored = [place for place, row in enumerate(rows) if row["status"] == OK]
        if term is None or not scored:
            return final
        person, eye = [people[place] for place in scored], [eyes[place] for place in scored]

        def cells(what: str) -> NDArray[np.float64]:
            return np.array([[float(rows[place][f"{label}.{what}"]) for label in labels] for place in scored])

        own = cells("score")
        fellows = fellow_logits(person, eye, logits_of(own))
        scores, probabilities = both_eyes_scores(term, labels, own, cells("probability"), fellows)
        for number in np.flatnonzero(~np.isnan(fellows).any(axis=1)):
            place = scored[number]
            row = rows[place]
            others = [
                str(rows[one]["image"])
                for one, whose, side in zip(scored, person, eye, strict=True)
                if whose == person[number] and side == FELLOW_EYE[eye[number]]
            ]
            quality = float(row["quality"])
            decided = self._decided(scores[number], probabilities[number], OK, quality)
            final[place] = row | decided | {FELLOW: JOIN.join(others)}
        return final

    def _decided(
        self, scores: NDArray[np.float64], probabilities: NDArray[np.float64], status: str, quality: float
    ) -> dict[str, Any]:
        """Returns the cells of a photograph's scores and decisions."""
        cells: dict[str, Any] = {}
        for position, label in enumerate(self.ensemble.labels):
            score, threshold = float(scores[position]), self.ensemble.thresholds[label]
            cells[f"{label}.score"] = round(score, _DIGITS)
            cells[f"{label}.probability"] = round(float(probabilities[position]), _DIGITS)
            if threshold is not None:
                cells[f"{label}.decision"] = int(score >= threshold)
                cells[f"{label}.uncertain"] = int(is_uncertain(score, threshold))
        if status == OK and (rule := self.ensemble.rule) is not None:
            named = dict(zip(self.ensemble.labels, map(float, scores), strict=True))
            referral = refer(named, rule, self.ensemble.names, quality=quality)
            cells |= {"refer": referral.refer, "why": referral.why, "uncertain": int(referral.uncertain)}
        return cells

    def _empty_row(self, photograph: Prepared | Unreadable) -> dict[str, Any]:
        reason = photograph.reason if isinstance(photograph, Unreadable) else ""
        row = {**dict.fromkeys(self.columns), "image": photograph.name, "status": FAILED, "reason": reason}
        return row | {"quality": 0.0} | self._not_judged(FAILED, reason)

    def _not_judged(self, status: str, reason: str) -> dict[str, str | None]:
        """Returns the decision about a photograph that is not `ok`; no cell where the model has no rule."""
        if self.ensemble.rule is None:
            return {}
        # Nothing of a failed file was seen, so nothing is decided about the eye: it may have to be copied again only.
        decision = {NOT_FUNDUS: NO_FUNDUS, UNGRADABLE: TAKE_AGAIN}.get(status)
        return {"refer": decision, "why": advice_for(status, reason).what if status == FAILED else reason}


def found_in(photograph: Prepared, finder: StructureFinder) -> FoundStructures:
    """Finds the structures of a photograph that was prepared with a crop of the finder's size."""
    size = finder.size
    return finder.find(photograph.squares[size], photograph.crops[size], photograph.height, photograph.width)


def judge(photograph: Photograph) -> tuple[str, str]:
    """Judges by its pixels whether a photograph can be used at all, for work that has no network to judge it.

    Args:
        photograph: What to judge.

    Returns:
        Its status as in the tables of `predict`, and the reason; empty where it is `ok`.
    """
    prepared = prepare(photograph, ())
    if isinstance(prepared, Unreadable):
        return FAILED, prepared.reason
    refusal = why_not_fundus(prepared.evidence, None)
    if refusal:
        return NOT_FUNDUS, refusal
    reason = judge_quality(prepared.evidence).reason
    return (UNGRADABLE if reason else OK), reason


def columns_of(labels: Sequence[str], *, both_eyes: bool = False) -> list[str]:
    """Returns the columns of a table for some labels, and for a model that may score both eyes of a person together."""
    return [*FIRST_COLUMNS, *(f"{label}.{what}" for label in labels for what in WHAT), *([FELLOW] if both_eyes else [])]


def exit_code(statuses: Iterable[str]) -> int:
    """Returns the exit code that statuses ask for: 3 where one is `failed`, else 0; a refusal is a result."""
    return _SOME_FAILED if FAILED in statuses else 0
