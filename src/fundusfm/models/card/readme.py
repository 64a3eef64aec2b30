"""The text that stands beside released weights, made from the card alone."""

from collections.abc import Iterable, Sequence

from fundusfm.models.card.referral import Proportion
from fundusfm.models.card.schema import UNKNOWN_LICENCE, Card
from fundusfm.models.card.tables import (
    both_eyes_table,
    operating_point_table,
    referral_table,
    result_tables,
    subgroup_tables,
)


def readme(card: Card, use: Sequence[str]) -> str:
    """Returns a README as Markdown: what the weights are, how to use them, and what is known of them.

    Args:
        card: The card.
        use: Lines that say how the files beside it are used.
    """
    return "\n".join([*_head(card), "## Use", "", *use, *_body(card)])


def card_text(card: Card) -> str:
    """Returns the card as Markdown."""
    return "\n".join([*_head(card), *_body(card)])


def _licence(terms: str) -> str:
    return f"licence {terms}" if terms == UNKNOWN_LICENCE else f"licence: {terms}"


def _head(card: Card) -> list[str]:
    lines = [
        f"# {card.name}",
        "",
        f"{_network(card)}, strategy `{card.strategy}`, "
        f"input {card.size} px (crop `{card.crop}`), {_licence(card.licence)}.",
        "",
        card.intended_use,
        "",
        *_items("Limits:", card.all_limits),
    ]
    if card.labels:
        lines += _items(
            f"Task: {card.task} ({card.method or 'pretraining'}). Labels:",
            (f"`{label}`: {card.label_definitions.get(label, 'as in the training data')}" for label in card.labels),
        )
    return lines


def _network(card: Card) -> str:
    if not card.parts:
        return f"{card.architecture}{f' with decoder {card.decoder}' if card.decoder else ''}"
    return " and ".join(
        f"{part.architecture} with decoder {part.decoder} at {part.size} px for {', '.join(part.gives)}"
        for part in card.parts
    )


def _body(card: Card) -> list[str]:
    lines: list[str] = []
    if card.training_data or card.provenance:
        lines += ["## Data", ""]
        lines += [card.provenance, ""] if card.provenance else []
        lines += _items(
            "Trained on:",
            (
                f"{data.name}: {data.rows} photographs of {data.patients or 'unknown'} patients"
                + (f" where `{data.select}`" if data.select else "")
                + f" (hash `{data.hash[:12]}`)"
                for data in card.training_data
            ),
        )
    if card.views > 1:
        others = "its mirror image" if card.views == 2 else "three mirror images of it"
        lines += [f"Scores are means of the logits of the photograph and of {others}.", ""]
    if card.stored_bits == 16:
        lines += ["Weights of convolutions and linear layers are stored in 16-bit floats.", ""]
    if card.lineage:
        steps = [f"{number}. {step.what}" for number, step in enumerate(card.lineage, start=1)]
        lines += ["History of the weights:", "", *steps, ""]
    lines += _referral(card)
    lines += _both_eyes(card)
    results = list(result_tables(card))
    if results:
        lines += [
            "## Results",
            "",
            "Values with 95 % intervals by patient, at the Youden operating point; `*` marks what has no interval or "
            "needs care. `card.json` holds every metric, and the reasons.",
            "",
            *_titled(results),
        ]
    if points := operating_point_table(card):
        lines += ["## Operating points", "", "Chosen on validation predictions only.", "", *points, ""]
    subgroups = list(subgroup_tables(card))
    if subgroups:
        lines += ["## Subgroups", "", *_titled(subgroups)]
    if card.failures:
        lines += ["## Where it errs", "", *_items(None, card.failures)]
    return lines


def _referral(card: Card) -> list[str]:
    """Returns the referral rule in words, with its table; no line where the card has no rule."""
    rule = card.referral
    if rule is None:
        return []
    lines = [
        "## Referral",
        "",
        "An eye is referred if the score of any label reaches that label's threshold. The thresholds were chosen "
        f"together, for a {rule.goal} of {rule.target:g} of the rule as a whole.",
    ]
    if rule.specificity and rule.sensitivity:
        lines.append(
            f"Of the normal eyes {_share(rule.specificity)} are not referred, and of the eyes with any of these labels "
            f"{_share(rule.sensitivity)} are referred, for whatever label. Eyes are judged by thresholds that eyes of "
            "other patients chose; intervals are 95 % by patient."
        )
    return [*lines, "", *referral_table(card), ""]


def _both_eyes(card: Card) -> list[str]:
    """Returns what the fellow eye adds, with its table; no line where the card scores one eye alone."""
    term = card.both_eyes
    if term is None:
        return []
    lines = [
        "## Both eyes",
        "",
        "Where both eyes of a person were photographed, each is scored with the other; without a fellow eye the score "
        f"is that of one eye. Fitted to {term.eyes} out-of-fold scores; thresholds are the same.",
    ]
    if term.specificity and term.sensitivity:
        lines.append(
            f"The referral rule then does not refer {_share(term.specificity)} of the normal eyes, and refers "
            f"{_share(term.sensitivity)} of the eyes with any of these labels."
        )
    return [*lines, "", *both_eyes_table(card), ""]


def _share(found: Proportion) -> str:
    return f"{found.value:.1%} ({found.low:.1%} to {found.high:.1%})"


def _items(title: str | None, items: Iterable[str]) -> list[str]:
    """Returns a list with its title, or no line where it is empty."""
    listed = [f"- {item}" for item in items]
    if not listed:
        return []
    return [*([title, ""] if title else []), *listed, ""]


def _titled(tables: Iterable[tuple[str, list[str]]]) -> list[str]:
    return [line for title, table in tables for line in (f"**{title}**", "", *table, "")]
