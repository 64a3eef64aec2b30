"""The text about the model on pages and in reports: its origin, what it finds, and what it misses."""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version

from fundusfm.models.card.referral import ReferralRule
from fundusfm.screening.documents.words import point_title
from fundusfm.server.service import Service


@dataclass(frozen=True)
class ReferredShare:
    """What the rule finds of one label, in words."""

    name: str
    share: str
    interval: str
    eyes: str


@dataclass(frozen=True)
class Choice:
    """An operating point to choose.

    Attributes:
        name: Its name.
        title: What it does.
        limits: Label to threshold.
    """

    name: str
    title: str
    limits: dict[str, float]


@dataclass(frozen=True)
class About:
    """What to know about the models behind a result.

    Attributes:
        named: Names and hashes, in one line.
        origin: Where they come from, as sentences.
        promise: What the rule was chosen for and achieves; empty without a rule.
        measured: What it finds of each label.
        failures: Where the models err.
        limits: What they must not be used for.
        labels: Names and definitions.
    """

    named: str
    origin: list[str]
    promise: str
    measured: list[ReferredShare]
    failures: list[str]
    limits: list[str]
    labels: list[tuple[str, str]]


def about(service: Service) -> About:
    """Returns what to say about the models of a server."""
    first, rule = service.cards[0], service.rule
    named = " + ".join(f"{bundle.card.name}, SHA-256 {bundle.hash}" for bundle in service.bundles)
    origin = [
        f"{card.name}: {card.architecture}, strategy {card.strategy}"
        + (
            f", trained on {', '.join(sorted({data.name for data in card.training_data}))}"
            if card.training_data
            else ""
        )
        + f". SHA-256 {bundle.hash}."
        for bundle, card in ((bundle, bundle.card) for bundle in service.bundles)
    ]
    finder = service.structures
    if finder is not None:
        limits = f" {' '.join(finder.segmenter.card.all_limits)}"
        origin.append(f"Structures are found by the segmenter {finder.name}. SHA-256 {finder.hash}.{limits}".rstrip())
    return About(
        named=f"FundusFM {version('fundusfm')}, model {named}",
        origin=[*origin, first.intended_use],
        promise=_promise(rule) if rule else "",
        measured=_measured(service, rule) if rule else [],
        failures=_of_all([card.failures for card in service.cards]),
        limits=_of_all([card.all_limits for card in service.cards]),
        labels=[
            (service.name_of(label), _sentence(first.label_definitions.get(label, ""))) for label in service.labels
        ],
    )


def choices(service: Service) -> list[Choice]:
    """Returns what can decide, the default one first."""
    found = [Choice(name, point_title(name, service.rule), rule.thresholds) for name, rule in service.rules.items()]
    return sorted(found, key=lambda choice: choice.name != service.default)


def _promise(rule: ReferralRule) -> str:
    shares = (
        (rule.sensitivity, "Of eyes with a finding it referred"),
        (rule.specificity, "Of eyes without one it left"),
    )
    parts = [
        f"{what} {_percent(share.value)} (95 % interval {_percent(share.low)} to {_percent(share.high)})."
        for share, what in shares
        if share is not None
    ]
    return (
        f"An eye is referred if any label reaches its limit. {' '.join(parts)} This was measured on patients that "
        "neither the model nor its limits had seen, in the data that it was trained with; other clinics will differ."
    )


def _measured(service: Service, rule: ReferralRule) -> list[ReferredShare]:
    return [
        ReferredShare(
            service.name_of(label),
            _percent(found.value),
            f"{_percent(found.low)} to {_percent(found.high)}",
            f"{found.positives}",
        )
        for label, found in rule.per_label.items()
    ]


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:].rstrip('.')}." if text else "No definition in the card."


def _of_all(lists: Sequence[Sequence[str]]) -> list[str]:
    """Returns the lines of all models, each once."""
    return list(dict.fromkeys(line for lines in lists for line in lines))
