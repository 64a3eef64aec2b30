"""The sections of a programme's report, from its numbers."""

from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np
import pandas as pd

from fundusfm.evaluation.evidence.evidence import ProgrammeEvidence, ProgrammeMeasure
from fundusfm.evaluation.evidence.workload import Grader
from fundusfm.models.card.results import Estimate
from fundusfm.report import text
from fundusfm.report.evidence.checklists import Answer
from fundusfm.report.evidence.figure import decision_curve_figure
from fundusfm.report.page import Block, Fact, Facts, Gallery, Heading, Prose
from fundusfm.report.panels import Panels, file_stem
from fundusfm.report.tables import PageCell, PageTable, counted, row_header, words

Names = Callable[[str], str]
"""What a label is called in words."""

_THOUSAND = "1 000"

_FIRST = 3
"""Labels whose figures stand at the top of the page."""

_RATES = {"sensitivity": "Sensitivity", "specificity": "Specificity"}
_VALUES = {"ppv": "PPV", "npv": "NPV"}
_COUNTS = {"positives": "Called positive", "false_positives": "Of these wrongly", "missed": "Missed"}
_WAYS = {
    "grader": "no model",
    "filter": "model before grader",
    "replace": "model instead of grader",
}
_WORK = {"graded": "Graded", "saved": "Saved", "referred": "Referred", "missed": "Missed", "missed_more": "Missed more"}

_ALONE = ("graded", "referred", "missed")
"""What is told of the grader alone, with whom the rest is compared."""


class Numbers:
    """Finds a report's numbers.

    Args:
        evidence: The numbers.
        name_of: What a label is called.
    """

    def __init__(self, evidence: ProgrammeEvidence, name_of: Names) -> None:
        self.evidence = evidence
        self.name_of = name_of
        self._found = {_key(measure): measure.estimate for measure in evidence.measures}

    @property
    def sets(self) -> list[str]:
        """Sets of the run."""
        return list(dict.fromkeys(measure.set for measure in self.evidence.measures))

    def labels(self, name: str) -> list[str]:
        """Labels of a set, and the referral rule first where there is one."""
        found = dict.fromkeys(measure.label for measure in self.evidence.measures if measure.set == name)
        return sorted(found, key=lambda label: label != "referral")

    def judged_labels(self, name: str) -> list[str]:
        """Labels of a set whose decisions could be judged."""
        return [label for label in self.labels(name) if self.judged(name, label)]

    def judged(self, name: str, label: str) -> bool:
        """Whether sensitivity or specificity of a label is known."""
        return any(not np.isnan(self.get(name, label, quantity).value) for quantity in _RATES)

    def get(self, name: str, label: str, quantity: str, prevalence: float | None = None) -> Estimate:
        """Returns a number of all images."""
        return self._found[name, label, quantity, prevalence, "", ""]

    def groups(self, name: str, label: str) -> list[tuple[str, str]]:
        """Returns the columns and groups of a label's subgroups."""
        return list(
            dict.fromkeys(
                (measure.column, measure.group)
                for measure in self.evidence.measures
                if (measure.set, measure.label) == (name, label) and measure.column
            )
        )

    def of_group(self, name: str, label: str, metric: str, column: str, group: str) -> dict[str, Estimate]:
        """Returns the numbers of a subgroup: its value under an empty key, and what else there is by suffix."""
        suffixes = ("", "_patients", "_gap", "_detectable")
        return {suffix: self._found[name, label, f"{metric}{suffix}", None, column, group] for suffix in suffixes}


def _key(measure: ProgrammeMeasure) -> tuple[str, str, str, float | None, str, str]:
    return measure.set, measure.label, measure.quantity, measure.prevalence, measure.column, measure.group


def percent(share: float) -> str:
    """Returns a share as people say it, such as `12 %`."""
    return f"{100 * share:.3g} %"


def summary(numbers: Numbers, prevalences: Sequence[float]) -> list[Block]:
    """Returns the figures to take away, at the first prevalence."""
    prevalence = prevalences[0]
    facts = []
    for name in numbers.sets:
        for label in numbers.labels(name)[:_FIRST]:
            where = f"{text.set_name(name)}, at {percent(prevalence)}"
            for quantity, title, factor in (
                ("ppv", "right among 100 called positive", 100),
                ("missed", f"missed per {_THOUSAND} photographs", 1),
            ):
                found = numbers.get(name, label, quantity, prevalence)
                if not np.isnan(found.value):
                    value = f"{found.value * factor:.1f}"
                    facts.append(Fact(f"{numbers.name_of(label)}: {title}", value, f"{_range(found, factor)}; {where}"))
    return [Facts(facts)] if facts else []


def predictive_tables(numbers: Numbers, prevalences: Sequence[float]) -> list[Block]:
    """Returns a table per set: what a positive and a negative mean at each prevalence."""
    blocks: list[Block] = []
    for name in numbers.sets:
        table = PageTable(
            f"{_set_title(name)}: sensitivity and specificity, the predictive values that follow at a prevalence, and "
            f"what they mean for {_THOUSAND} photographs. In brackets 95 % intervals by patient.",
            ["Label", *_RATES.values(), *_VALUES.values(), *_COUNTS.values()],
        )
        for label in numbers.labels(name):
            for prevalence in prevalences if numbers.judged(name, label) else prevalences[:1]:
                rates = [_share(table, numbers.get(name, label, quantity)) for quantity in _RATES]
                values = [_share(table, numbers.get(name, label, quantity, prevalence)) for quantity in _VALUES]
                thousand = [_tenths(table, numbers.get(name, label, quantity, prevalence)) for quantity in _COUNTS]
                head = row_header(numbers.name_of(label), f"at {percent(prevalence)}")
                table.rows.append([head, *rates, *values, *thousand])
        blocks.append(table)
    return blocks


def workload_tables(numbers: Numbers, prevalences: Sequence[float]) -> list[Block]:
    """Returns a table per set: what a first grader is spared, and what is missed for it."""
    blocks: list[Block] = []
    for name in numbers.sets:
        table = PageTable(
            f"{_set_title(name)}, per {_THOUSAND} photographs. Saved and missed more are compared with the grader "
            "alone; a minus sign means that fewer are missed.",
            ["Label", "Way", *_WORK.values()],
        )
        for prevalence in prevalences:
            for place, label in enumerate(numbers.judged_labels(name)):
                for way, title in _WAYS.items():
                    alone = way == "grader"
                    if alone and place:
                        continue  # the same for every label
                    cells = [
                        PageCell("")
                        if alone and quantity not in _ALONE
                        else _tenths(table, numbers.get(name, label, f"{quantity}@{way}", prevalence))
                        for quantity in _WORK
                    ]
                    head = row_header("Grader alone" if alone else numbers.name_of(label), f"at {percent(prevalence)}")
                    table.rows.append([head, words(title), *cells])
        if table.rows:
            blocks.append(table)
    return blocks or [Prose(["No decision could be judged, for the reasons above."])]


def net_benefit_blocks(numbers: Numbers, panels: Panels) -> list[Block]:
    """Returns the decision curves, and why a label has none."""
    blocks: list[Block] = []
    curves = numbers.evidence.curves
    for name in numbers.sets:
        pictures = []
        part = curves[curves["set"] == name] if not curves.empty else pd.DataFrame({"label": [], "prevalence": []})
        for (label, _), curve in part.groupby(["label", "prevalence"], sort=False):
            prevalence = float(curve["prevalence"].iloc[0])
            title = f"{numbers.name_of(str(label))}, {percent(prevalence)}"
            remark = numbers.evidence.remarks.get((name, str(label)), "")
            pictures.append(
                panels.picture(
                    decision_curve_figure(curve, title=title),
                    file_stem("net_benefit", name, str(label), f"{prevalence:g}"),
                    curve,
                    alt=f"Decision curve, {title}, {_set_title(name)}.",
                    caption=remark or "Band: 95 % over resampled patients.",
                )
            )
        if pictures:
            blocks += [Heading(_set_title(name)), Gallery(pictures, "pairs" if len(pictures) < 5 else "small")]
        none = [
            f"{numbers.name_of(label)}: {why}"
            for (where, label), why in numbers.evidence.remarks.items()
            if where == name and (part.empty or label not in set(part["label"]))
        ]
        if none:
            blocks.append(Prose(none, bullets=True))
    return blocks


def subgroup_tables(numbers: Numbers) -> list[Block]:
    """Returns a table per set: each subgroup beside the largest one, and the smallest gap that could show."""
    blocks: list[Block] = []
    for name in numbers.sets:
        table = PageTable(
            f"{_set_title(name)}: subgroups against the largest one of their column. A gap smaller than the smallest "
            "that the sample shows (with a power of 80 %) may well exist without being seen.",
            ["Label", "Group", "What", "Patients", "Value", "Gap", "Smallest gap that shows"],
        )
        for label in numbers.judged_labels(name):
            for column, group in numbers.groups(name, label):
                for metric, title in _RATES.items():
                    found = numbers.of_group(name, label, metric, column, group)
                    head = [row_header(numbers.name_of(label)), words(f"{column}: {group}"), words(title)]
                    gap = _signed(table, found["_gap"])
                    shows = _share(table, found["_detectable"])
                    table.rows.append([*head, counted(found["_patients"].value), _share(table, found[""]), gap, shows])
        if table.rows:
            blocks.append(table)
    return blocks or [
        Prose(["The run names no subgroups: judge it again with fundusfm evaluate --by sex age camera, and so on."])
    ]


def calibration_tables(numbers: Numbers) -> list[Block]:
    """Returns a table per set: do probabilities mean what they say?"""
    head = {
        "expected": "Mean probability",
        "observed": "Share of positives",
        "calibration_in_the_large": "In the large",
        "calibration_slope": "Slope",
    }
    blocks: list[Block] = []
    for name in numbers.sets:
        table = PageTable(
            f"{_set_title(name)}: calibration in the large (0 is right; above 0 probabilities are too low) and slope "
            "(1 is right; below 1 they are too extreme), of the sample and its own prevalence.",
            ["Label", *head.values()],
        )
        for label in numbers.labels(name):
            if label != "referral":
                cells = [_share(table, numbers.get(name, label, quantity)) for quantity in head]
                table.rows.append([row_header(numbers.name_of(label)), *cells])
        blocks.append(table)
    return blocks


def assumptions(grader: Grader, point: str, notes: Sequence[str]) -> list[Block]:
    """Returns what the numbers rest on."""
    said = [
        "Sensitivity and specificity are those of the sample. They hold at another prevalence only if the diseased and "
        "the healthy of the programme are like those of the sample; a sample of clinic patients has worse disease.",
        f"Labels are decided at the operating point: {text.point_name(point)}. In cross-validation every photograph is "
        "decided at thresholds that other patients chose, and the folds are taken together.",
        f"The first grader is taken to find {percent(grader.sensitivity)} of the diseased and to pass "
        f"{percent(grader.specificity)} of the healthy. These two values are options, not measurements.",
        "Given the truth, model and grader are taken to err independently. In practice both find the same photographs "
        "hard, so a filter misses less in addition than is given here.",
        "Numbers are of photographs. A programme refers people, and a person has two eyes.",
        "For net benefit, probabilities are moved from the prevalence of the training folds to the stated one, as "
        "Bayes' rule asks. Everybody whose probability reaches the threshold is referred, and a needless referral "
        "weighs as much as the odds of that threshold.",
        "Intervals are 95 %: exact ones for shares of few patients, otherwise from resampled patients; those of "
        "predictive values and workload combine the intervals of sensitivity and specificity.",
        "Subgroups were not planned, and many comparisons find a gap by chance.",
    ]
    return [Prose([*said, *notes], bullets=True)]


def stability() -> list[Block]:
    """Returns where stability is told: an evaluation scores each photograph once."""
    table = PageTable(
        "Stability of decisions when a photograph is saved again, mirrored, rescaled or changed in brightness.",
        ["Measured", "Command"],
        [[row_header("not measured by this run"), words("python -m benchmarks.stability DATA --weights BUNDLE")]],
    )
    return [table]


def checklist_blocks(answers: Sequence[Answer]) -> Iterator[Block]:
    """Yields a table per checklist."""
    by_guideline: dict[str, list[Answer]] = {}
    for answer in answers:
        by_guideline.setdefault(answer.item.guideline, []).append(answer)
    yield Prose(
        [
            "Filled from the model's card and this run. An item that is answered here may need more words in a paper, "
            "and one that is not reported is for people to write. Subjects are shortened: the published text decides."
        ]
    )
    for guideline, found in by_guideline.items():
        reported = sum(answer.reported for answer in found)
        table = PageTable(
            f"{guideline}: {reported} of {len(found)} items have something in the card or the run.",
            ["Item", "Where", "What it says"],
        )
        for answer in found:
            item = answer.item
            head = row_header(f"{item.number}. {item.subject}", item.section)
            table.rows.append([head, words(answer.where), words(answer.what)])
        yield table


def short_names(names: Mapping[str, str]) -> Names:
    """Returns what labels are called, the referral rule included."""
    return lambda label: "Referral rule" if label == "referral" else names.get(label, label)


def _set_title(name: str) -> str:
    return text.capital(text.set_name(name))


def _share(table: PageTable, found: Estimate) -> PageCell:
    """Returns the cell of a share; that it rests on few patients is a footnote, since a row has many cells of them."""
    return PageCell(text.number(found.value, 3), _ends(found, 3), table.note(found.reason))


def _tenths(table: PageTable, found: Estimate) -> PageCell:
    """Returns the cell of a number of photographs per 1,000."""
    return PageCell(text.number(found.value, 1), _ends(found, 1), table.note(found.reason))


def _signed(table: PageTable, found: Estimate) -> PageCell:
    return PageCell(text.number(found.value, 3, signed=True), _ends(found, 3), table.note(found.reason))


def _ends(found: Estimate, digits: int) -> str:
    return "" if found.low == found.high else text.interval(found, digits)


def _range(found: Estimate, factor: float) -> str:
    if np.isnan(found.low):
        return "no interval"
    return f"95 % interval {found.low * factor:.1f} to {found.high * factor:.1f}"
