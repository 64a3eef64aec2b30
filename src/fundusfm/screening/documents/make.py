"""Makes the data of reports from rows of a screening: verdict, labels in words, picture and evidence."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from typing import Any, Self

import numpy as np

from fundusfm.data.inputs.photograph import Photograph
from fundusfm.errors import DecodeError
from fundusfm.explain.cam import heat_map
from fundusfm.explain.overlay import inside_circle
from fundusfm.models.bundle import Bundle
from fundusfm.models.card.label_names import means_healthy
from fundusfm.models.card.referral import REFERRAL, ReferralRule
from fundusfm.models.card.schema import ALL, Card
from fundusfm.screening.audit.trace import Trace, trace_of
from fundusfm.screening.documents.header import image_reference
from fundusfm.screening.documents.results import (
    EvidenceMap,
    LabelResult,
    ModelFacts,
    PhotographResult,
    SegmenterFacts,
)
from fundusfm.screening.documents.structures import StructuresResult, structures_of, structures_picture
from fundusfm.screening.documents.views import View, view
from fundusfm.screening.documents.words import point_title
from fundusfm.screening.screener import FAILED, FELLOW, OK, Screener
from fundusfm.screening.verdict import Verdict, judged, refused
from fundusfm.structures.finder import StructureFinder


def verdict_of(row: Mapping[str, Any], rule: ReferralRule | None, bundles: Sequence[Bundle]) -> Verdict:
    """Returns the verdict about a row of a screening.

    Args:
        row: As `Screener.screen` returns it.
        rule: What decides; a label that means healthy refers nobody.
        bundles: The models, of the same labels.
    """
    if row["status"] != OK:
        return refused(row["status"], str(row.get("reason") or ""))
    card = bundles[0].card
    if rule is not None:
        sick = {label: limit for label, limit in rule.thresholds.items() if not means_healthy(label)}
        rule = rule.model_copy(update={"thresholds": sick}) if sick else None
    scores = {label: float(row[f"{label}.score"]) for label in card.labels}
    return judged(scores, rule, card, quality=float(row.get("quality", 1.0)))


def prevalence_of(label: str, cards: Sequence[Card]) -> float | None:
    """Returns the share of photographs with a label where its probabilities were calibrated.

    None where the card does not say, for labels without a temperature, and for several models.
    """
    card = cards[0]
    calibrated = card.temperature.keys() & {label, ALL}
    found = card.metrics.get("cv", {}).get(label, {}).get("prevalence", {}).get("mean")
    return float(found) if len(cards) == 1 and calibrated and found is not None else None


def evidence_for(label: str, shown: View, bundles: Sequence[Bundle]) -> EvidenceMap:
    """Returns where the label's evidence lies, the mean over the models."""
    mean = np.asarray(np.mean([heat_map(bundle, shown.square, label) for bundle in bundles], axis=0), np.float32)
    return EvidenceMap(bundles[0].card.name_of(label), inside_circle(mean) if shown.circle else mean)


def segmenter_facts(finder: StructureFinder) -> SegmenterFacts:
    """Returns what to say about a segmenter."""
    card = finder.segmenter.card
    return SegmenterFacts(card.name, card.architecture, finder.hash, finder.digest, list(card.limits))


@dataclass(frozen=True)
class Writer:
    """Turns rows into results that documents are made of.

    Attributes:
        bundles: The models, of the same labels.
        point: Name of the operating point that decides; empty where nothing does.
        rule: Its thresholds; None where nothing decides.
        referral: The referral rule of the models, if they have one.
        finder: What found the structures; None where they were not looked for.
    """

    bundles: Sequence[Bundle]
    point: str
    rule: ReferralRule | None
    referral: ReferralRule | None
    finder: StructureFinder | None = None

    @classmethod
    def of(cls, screener: Screener, finder: StructureFinder | None = None) -> Self:
        """Decides as the column `refer` does: by the referral rule, else at the screener's operating point.

        Args:
            screener: What made the rows.
            finder: What found their structures; that of the screener by default.
        """
        finder = finder or screener.structures
        ensemble = screener.ensemble
        bundles = [member.bundle for member in ensemble.members]
        if ensemble.rule is not None:
            return cls(bundles, REFERRAL, ensemble.rule, ensemble.rule, finder)
        limits = {label: limit for label, limit in ensemble.thresholds.items() if limit is not None}
        rule = ReferralRule(goal="specificity", target=0, thresholds=limits) if limits else None
        return cls(bundles, screener.operating_point or "" if rule else "", rule, None, finder)

    def model(self) -> ModelFacts:
        """Returns what to say about the models."""
        cards = [bundle.card for bundle in self.bundles]
        identity = [[bundle.hash, bundle.card.model_dump_json()] for bundle in self.bundles]
        return ModelFacts(
            name=" + ".join(card.name for card in cards),
            architecture=" + ".join(card.architecture for card in cards),
            sha256=" + ".join(bundle.hash for bundle in self.bundles),
            digest=hashlib.sha256(f"{self.point}\n{identity}".encode()).hexdigest(),
            version=version("fundusfm"),
            point=self.point,
            decided_by=point_title(self.point, self.referral),
            intended_use=cards[0].intended_use,
            limits=list(dict.fromkeys(line for card in cards for line in card.limits)),
            segmenter=None if self.finder is None else segmenter_facts(self.finder),
        )

    def photograph(
        self, row: Mapping[str, Any], photograph: Photograph | None, *, eye: str = "", pictures: bool = True
    ) -> PhotographResult:
        """Returns a screened photograph with its picture, and the evidence where it is referred.

        Args:
            row: As `Screener.screen` returns it.
            photograph: What was screened; None where it could not even be read.
            eye: `left` or `right`; empty where it is not known.
            pictures: Whether to decode it once more for its pictures.
        """
        verdict = verdict_of(row, self.rule, self.bundles)
        shown = None
        if pictures and photograph is not None and row["status"] != FAILED:
            try:
                shown = view(photograph)
            except DecodeError:
                shown = None  # the row says what there is to say
        evidence = None
        if shown is not None and row["status"] == OK and verdict.labels:
            evidence = evidence_for(verdict.labels[0], shown, self.bundles)
        quality = row.get("quality")
        return PhotographResult(
            name=str(row["image"]),
            eye=eye,
            status=row["status"],
            reason=str(row.get("reason") or ""),
            quality=None if quality is None or row["status"] == FAILED else float(quality),
            refer=verdict.refer,
            uncertain=verdict.uncertain,
            verdict=verdict.line,
            advice=verdict.advice,
            labels=self._labels(row, verdict) if row["status"] == OK else (),
            view=shown,
            evidence=evidence,
            trace=Trace() if photograph is None else trace_of(photograph),
            reference=None if photograph is None else image_reference(photograph),
            both_eyes=bool(row.get(FELLOW)),
            structures=self._structures(row, photograph if pictures else None),
        )

    def _structures(self, row: Mapping[str, Any], photograph: Photograph | None) -> StructuresResult | None:
        """Returns what was found, with its picture where there is a photograph."""
        if self.finder is None or row["status"] != OK or (found := structures_of(row)) is None:
            return None
        if photograph is None:
            return found
        try:
            return replace(found, picture=structures_picture(photograph, self.finder))
        except DecodeError:
            return found  # the row says what there is to say

    def _labels(self, row: Mapping[str, Any], verdict: Verdict) -> list[LabelResult]:
        card = self.bundles[0].card
        limits = self.rule.thresholds if self.rule else {}
        found = [
            LabelResult(
                label=label,
                name=card.name_of(label),
                definition=card.label_definitions.get(label, ""),
                number=number,
                score=float(row[f"{label}.score"]),
                probability=_maybe(row.get(f"{label}.probability")),
                prevalence=prevalence_of(label, [bundle.card for bundle in self.bundles]),
                threshold=None if means_healthy(label) else limits.get(label),
                found=label in verdict.labels,
                healthy=means_healthy(label),
            )
            for number, label in enumerate(card.labels, start=1)
        ]
        order = {label: place for place, label in enumerate(verdict.labels)}
        return sorted(found, key=lambda one: (one.healthy, order.get(one.label, len(order))))


def _maybe(value: Any) -> float | None:
    return None if value is None else float(value)
