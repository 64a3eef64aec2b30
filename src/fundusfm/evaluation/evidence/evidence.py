"""All numbers of a programme's report, from the predictions of one run."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from fundusfm.errors import ConfigError
from fundusfm.evaluation.evidence.draws import Draws
from fundusfm.evaluation.evidence.gaps import gaps
from fundusfm.evaluation.evidence.net_benefit import net_benefit_curve
from fundusfm.evaluation.evidence.prevalence import predictive_values
from fundusfm.evaluation.evidence.rates import Decider, Rates, rates_of
from fundusfm.evaluation.evidence.recalibration import recalibration
from fundusfm.evaluation.evidence.workload import Grader, workload
from fundusfm.evaluation.referral import referable_eyes, referred, referred_across_folds
from fundusfm.evaluation.subgroups import subgroups
from fundusfm.evaluation.table import CV, REFER, PredictionTable, set_names, table
from fundusfm.evaluation.weighted import Array
from fundusfm.models.card.referral import REFERRAL, ReferralRule
from fundusfm.models.card.results import Estimate
from fundusfm.models.card.schema import OperatingPoint

_UNKNOWN = "no photograph has a known truth"


@dataclass(frozen=True)
class ProgrammeMeasure:
    """One number of the report.

    Attributes:
        set: `cv`, or the external set.
        label: The label, or the referral rule.
        quantity: What it is, such as `ppv`.
        estimate: The number with its interval, or the reason why there is none.
        prevalence: Prevalence that it is for; None where it does not depend on one.
        column: Column of a subgroup, such as `sex`; empty for all images.
        group: The subgroup.
    """

    set: str
    label: str
    quantity: str
    estimate: Estimate
    prevalence: float | None = None
    column: str = ""
    group: str = ""

    def plain(self) -> dict[str, Any]:
        """Returns the measure as a row of a table."""
        return {
            "set": self.set,
            "label": self.label,
            "quantity": self.quantity,
            "prevalence": self.prevalence,
            "column": self.column,
            "group": self.group,
            "value": self.estimate.value,
            "low": self.estimate.low,
            "high": self.estimate.high,
            "reason": self.estimate.reason or "",
        }


@dataclass
class ProgrammeEvidence:
    """What one run says about the use of its model.

    Attributes:
        measures: Every number.
        curves: Net benefit by set, label, prevalence and threshold.
        remarks: Why a label of a set has no net benefit curve or no band, by set and label.
    """

    measures: list[ProgrammeMeasure] = field(default_factory=list)
    curves: pd.DataFrame = field(default_factory=pd.DataFrame)
    remarks: dict[tuple[str, str], str] = field(default_factory=dict)

    def frame(self) -> pd.DataFrame:
        """Returns the numbers as a table."""
        return pd.DataFrame([measure.plain() for measure in self.measures])


def check_prevalences(prevalences: Sequence[float]) -> list[float]:
    """Returns the prevalences in order, each once.

    Raises:
        ConfigError: One is not between 0 and 1, or none is given.
    """
    wrong = [value for value in prevalences if not 0 < value < 1]
    if wrong or not prevalences:
        raise ConfigError(
            f"--prevalence {' '.join(f'{value:g}' for value in wrong)}: expected shares between 0 and 1, such as 0.12 "
            "for 12 %.",
            code="RANGE",
        )
    return sorted(set(prevalences))


def gather_evidence(
    predictions: pd.DataFrame,
    *,
    prevalences: Sequence[float],
    grader: Grader,
    operating_points: Mapping[str, Mapping[str, OperatingPoint]],
    trained_at: Mapping[str, float],
    rule: ReferralRule | None,
    point: str,
    by: Sequence[str],
    repeats: int,
    seed: int,
) -> ProgrammeEvidence:
    """Computes the report's numbers for every set and label of a run.

    In cross-validation the out-of-fold decisions of all folds are taken together.

    Args:
        predictions: As in `predictions.parquet`.
        prevalences: Between 0 and 1.
        grader: The first grader whom the model would help.
        operating_points: Stored with the model; of use where the predictions hold no thresholds of their own.
        trained_at: Label to the prevalence that its probabilities are calibrated for; of use for external sets.
        rule: The referral rule, which is judged beside the labels; None where the model has none.
        point: Name of the operating point that decides about labels.
        by: Columns that form subgroups.
        repeats: Resamples of the patients.
        seed: Random seed of the resamples.
    """
    evidence = ProgrammeEvidence()
    curves = []
    for name in set_names(predictions):
        part = table(predictions, name)
        draws = Draws(part, repeats=repeats, seed=seed)
        masks = {column: dict(subgroups(part, column)) for column in by if _groups_exist(part, column)}
        deciders = [*_labels(part, operating_points, point), *([_referral(part, rule)] if rule else [])]
        for decider in deciders:
            evidence.measures += _measures(part, decider, draws, masks, prevalences, grader)
            own = (
                float(np.nanmean(decider.truth)) if name == CV and decider.known.any() else trained_at.get(decider.name)
            )
            prior = own if own is not None and 0 < own < 1 else None
            curve, remark = net_benefit_curve(decider, part.patients, part.noun, draws, prevalences, prior)
            if remark:
                evidence.remarks[name, decider.name] = remark
            if not curve.empty:
                curves.append(curve.assign(set=name, label=decider.name))
    evidence.curves = pd.concat(curves, ignore_index=True) if curves else pd.DataFrame()
    return evidence


def _measures(
    part: PredictionTable,
    decider: Decider,
    draws: Draws,
    masks: Mapping[str, Mapping[str, npt.NDArray[np.bool_]]],
    prevalences: Sequence[float],
    grader: Grader,
) -> Iterator[ProgrammeMeasure]:
    everyone = np.ones(len(part.images), dtype=bool)
    rates = rates_of(decider, part.patients, part.noun, draws, everyone)
    counts = rates.counts
    for name, number in (
        ("photographs", counts.images),
        ("patients", counts.patients),
        ("positive_photographs", counts.positive_images),
        ("positive_patients", counts.positives),
    ):
        yield ProgrammeMeasure(part.name, decider.name, name, Estimate(number, number, number))
    for name in ("sensitivity", "specificity"):
        yield ProgrammeMeasure(part.name, decider.name, name, getattr(rates, name))
    for prevalence in prevalences:
        for name, found in (*predictive_values(rates, prevalence), *workload(rates, prevalence, grader)):
            yield ProgrammeMeasure(part.name, decider.name, name, found, prevalence)
    for name, found in recalibration(decider, part.patients, part.noun, draws):
        yield ProgrammeMeasure(part.name, decider.name, name, found)
    for column, groups in masks.items():
        by_group: dict[str, Rates] = {
            group: rates_of(decider, part.patients, part.noun, draws, mask) for group, mask in groups.items()
        }
        for gap in gaps(by_group):
            for quantity, found in (
                (gap.metric, gap.value),
                (f"{gap.metric}_patients", Estimate(gap.patients, gap.patients, gap.patients)),
                (f"{gap.metric}_gap", gap.difference),
                (f"{gap.metric}_detectable", gap.detectable),
            ):
                yield ProgrammeMeasure(part.name, decider.name, quantity, found, column=column, group=gap.group)


def _labels(part: PredictionTable, stored: Mapping[str, Mapping[str, OperatingPoint]], point: str) -> Iterator[Decider]:
    for index, label in enumerate(part.labels):
        truth, score = part.truth[:, index], part.score[:, index]
        threshold = part.thresholds[point][:, index] if point in part.thresholds else np.full(len(score), np.nan)
        if np.isnan(threshold).all() and point in stored.get(label, {}):
            threshold = np.full(len(score), stored[label][point].threshold)
        called = np.where(np.isnan(threshold), np.nan, score >= threshold)
        known = ~np.isnan(truth)
        missing = "" if known.any() else _UNKNOWN
        yield Decider(label, truth, called, part.probability[:, index], missing)


def _referral(part: PredictionTable, rule: ReferralRule) -> Decider:
    """Returns the decisions of the rule; in cross-validation those of thresholds that the other folds chose.

    Runs record them; for one that does not, they are made from the scores, where the run has those of every label.
    """
    normal, found = referable_eyes(part.labels, part.truth)
    truth = np.where(found, 1.0, np.where(normal, 0.0, np.nan))
    if REFER in part.images and part.images[REFER].notna().any():
        recorded = part.images[REFER].to_numpy(dtype=np.float64)
        return Decider(REFERRAL, truth, recorded, None, "" if (normal | found).any() else _UNKNOWN)
    unscored = [label for label in rule.thresholds if label not in part.labels]
    if unscored:
        return _unjudged(truth, f"the run has no scores for {', '.join(unscored)}, which the rule looks at")
    if part.name == CV:
        passed = referred_across_folds(part, goal=rule.goal, target=rule.target)
        if passed is None:
            return _unjudged(truth, "too few normal eyes or positives to choose the rule's thresholds in every fold")
    else:
        passed = referred(part.labels, part.score, rule.thresholds)
    missing = "" if (normal | found).any() else _UNKNOWN
    return Decider(REFERRAL, truth, passed.astype(np.float64), None, missing)


def _unjudged(truth: Array, why: str) -> Decider:
    return Decider(REFERRAL, truth, np.full(len(truth), np.nan), None, why)


def _groups_exist(part: PredictionTable, column: str) -> bool:
    return column in part.images and part.images[column].fillna("").astype(str).nunique() > 1
