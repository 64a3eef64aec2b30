"""Facts from card and run for the items of the reporting checklists; what nobody recorded stays empty."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fundusfm.models.card.schema import Card
from fundusfm.report import text
from fundusfm.report.read import CV, Run, whose

_LONGEST = 300
_MOST_SHOWN = 4


@dataclass(frozen=True)
class Known:
    """Something that a checklist asks for.

    Attributes:
        where: Where it stands: the card, the run, or a section of this report.
        what: What it says, shortened.
    """

    where: str
    what: str


@dataclass(frozen=True)
class Sources:
    """What facts are taken from.

    Attributes:
        run: The run.
        card: Card of the model that it judged; None where the bundle is gone.
        columns: Columns of the subgroups.
        prevalences: Prevalences that the report is for.
    """

    run: Run
    card: Card | None
    columns: Sequence[str]
    prevalences: Sequence[float]


def gather_facts(sources: Sources) -> dict[str, list[Known]]:
    """Returns what is known by the names that the checklists use; a name without anything has an empty list."""
    return {
        name: [Known(known.where, text.short(known.what, _LONGEST)) for known in function(sources) if known.what]
        for name, function in _FACTS.items()
    }


def _of_card(value: Callable[[Card], Any], prefix: str = "") -> Callable[[Sources], Iterator[Known]]:
    """Returns a fact that one part of the card holds."""

    def fact(sources: Sources) -> Iterator[Known]:
        found = None if sources.card is None else value(sources.card)
        if found:
            yield Known("card", prefix + (found if isinstance(found, str) else text.value(found)))

    return fact


def _this(section: str, what: str) -> Callable[[Sources], Iterator[Known]]:
    """Returns a fact that a section of the report itself holds."""

    def fact(sources: Sources) -> Iterator[Known]:
        yield Known(f"this report, {section}", what)

    return fact


def _data_sources(sources: Sources) -> Iterator[Known]:
    if sources.card is not None:
        names = dict.fromkeys(item.name for item in sources.card.training_data)
        trained = f"Trained on {', '.join(names)}. " if names else ""
        yield Known("card", trained + sources.card.provenance)
    if sources.run.sets:
        yield Known("run", f"Judged on {', '.join(map(text.set_name, sources.run.sets))}")


def _eligibility(sources: Sources) -> Iterator[Known]:
    if select := sources.run.config.get("select"):
        yield Known("run", f"Rows where {select}")


def _missing_data(sources: Sources) -> Iterator[Known]:
    table = sources.run.predictions
    if not table.empty:
        unknown = int(table["truth"].isna().sum())
        yield Known("run", f"{unknown} of {len(table)} labels are unknown and are left out of every figure")


def _acquisition(sources: Sources) -> Iterator[Known]:
    if "camera" in sources.run.predictions:
        names = sources.run.predictions["camera"].dropna().astype(str).unique()
        yield Known("run", f"Cameras: {', '.join(sorted(names))}")


def _partitions(sources: Sources) -> Iterator[Known]:
    config = sources.run.config
    if config.get("folds"):
        yield Known("run", f"{config['folds']} folds, stratified by label, seed {config.get('seed')}")
        for note in sources.run.unseen_notes:
            yield Known("run", note)
    if any(name != CV for name in sources.run.sets):
        notes = [] if sources.run.results(CV) else sources.run.unseen_notes  # those of folds are about the folds
        yield Known("run", "; ".join(notes) or "External sets tuned nothing: no weights, threshold or calibration")


def _partition_level(sources: Sources) -> Iterator[Known]:
    if sources.run.results(CV):
        yield Known("run", f"Folds are disjoint by {sources.run.unit[:-1]}")


def _numbers(sources: Sources) -> Iterator[Known]:
    run = sources.run
    for name in run.sets:
        rows = run.scored[run.scored["set"] == name]
        said = whose(rows)
        alone = "; each of them counts as a patient of its own" if "of unknown patient" in said else ""
        yield Known("run", f"{text.set_name(name)}: {len(rows)} photographs of {said}{alone}")


def _characteristics(sources: Sources) -> Iterator[Known]:
    if sources.columns:
        yield Known("this report, Subgroups", f"Numbers by {', '.join(sources.columns)}, of the evaluated set only")


def _subgroups(sources: Sources) -> Iterator[Known]:
    if sources.columns:
        yield Known(
            "this report, Subgroups",
            f"Sensitivity and specificity by {', '.join(sources.columns)}, exploratory, with the smallest gap that "
            "the sample could show",
        )


def _external(sources: Sources) -> Iterator[Known]:
    names = [name for name in sources.run.sets if name != CV]
    if names:
        yield Known("run", f"Tested on {', '.join(names)}; how these differ from the training data is not said")


def _internal(sources: Sources) -> Iterator[Known]:
    if sources.run.results(CV):
        yield Known("run", "Cross-validation: every photograph is judged by a model that did not see its patient")
    elif sources.card is not None and sources.card.metrics.get(CV):
        yield Known("card", "Cross-validation, in the card's results")


def _prevalence(sources: Sources) -> Iterator[Known]:
    known = sources.run.predictions.dropna(subset=["truth"])
    for name in sources.run.sets:
        shares = known[known["set"] == name].groupby("label", sort=False)["truth"].mean()
        shown = ", ".join(
            f"{label} {share:.1%}".replace("%", " %") for label, share in shares.head(_MOST_SHOWN).items()
        )
        asked = ", ".join(f"{value:.1%}".replace("%", " %") for value in sources.prevalences)
        yield Known("this report, At your prevalence", f"In {text.set_name(name)}: {shown}; reported for {asked}")


def _software(sources: Sources) -> Iterator[Known]:
    packages: Mapping[str, Any] = sources.run.environment.get("packages") or {}
    names = ", ".join(f"{name} {version}" for name, version in packages.items() if version)
    if names:
        yield Known("run", names)


def _thresholds(sources: Sources) -> Iterator[Known]:
    card = sources.card
    if card is not None and card.operating_points:
        yield Known("card", "Operating points per label, chosen on out-of-fold scores before this evaluation")
    if card is not None and card.referral is not None:
        yield Known("card", f"Referral rule for {card.referral.goal} {card.referral.target:g}")


def _training(sources: Sources) -> Iterator[Known]:
    if sources.card is not None:
        steps = "; ".join(f"{number}. {step.what}" for number, step in enumerate(sources.card.lineage, start=1))
        sizes = ", ".join(f"{item.name} {item.rows} photographs" for item in sources.card.training_data)
        yield Known("card", steps + (f". Data: {sizes}" if sizes else ""))


def _selection(sources: Sources) -> Iterator[Known]:
    kept = (
        [] if sources.card is None else [step.detail["keep"] for step in sources.card.lineage if "keep" in step.detail]
    )
    if kept:
        yield Known("card", f"Kept epoch of each training step: {', '.join(map(str, kept))}")


def _imbalance(sources: Sources) -> Iterator[Known]:
    if sources.card is not None and any(step.detail.get("balance") for step in sources.card.lineage):
        yield Known("card", "Training photographs were drawn with equal weight of the classes")


def _goal(sources: Sources) -> Iterator[Known]:
    name = sources.card.name if sources.card is not None else "a model"
    doing = "Evaluation" if sources.run.command == "evaluate" else "Development and internal evaluation"
    yield Known("run", f"{doing} of {name}")


def _model(sources: Sources) -> Iterator[Known]:
    card = sources.card
    if card is not None:
        yield Known(
            "card",
            f"{card.architecture}, photograph of {card.size} px in, scores for {', '.join(card.labels)} out "
            f"({card.task}); calibrated by temperature",
        )


def _preprocessing(sources: Sources) -> Iterator[Known]:
    card = sources.card
    if card is not None:
        yield Known(
            "card", f"Field of view found and cropped ({card.crop}), resized to {card.size} px, normalised per channel"
        )


def _availability(sources: Sources) -> Iterator[Known]:
    if sources.card is not None:
        yield Known("card", f"Bundle {sources.card.name}; licence: {sources.card.licence}")


_FACTS: dict[str, Callable[[Sources], Iterator[Known]]] = {
    "technology": _of_card(lambda card: f"Deep network {card.architecture}, {card.task}"),
    "intended_use": _of_card(lambda card: card.intended_use),
    "goal": _goal,
    "data_sources": _data_sources,
    "eligibility": _eligibility,
    "preprocessing": _preprocessing,
    "missing_data": _missing_data,
    "acquisition": _acquisition,
    "reference_standard": _of_card(lambda card: card.label_definitions),
    "partitions": _partitions,
    "partition_level": _partition_level,
    "model": _model,
    "predictors": _of_card(lambda card: f"The pixels of one photograph, {card.size} px"),
    "software": _software,
    "initialisation": _of_card(lambda card: card.lineage[0].what if card.lineage else ""),
    "training": _training,
    "selection": _selection,
    "ensemble": _of_card(lambda card: "None: one model"),
    "metrics": _this("all sections", "Sensitivity, specificity, predictive values, net benefit, calibration"),
    "uncertainty": _this("Assumptions", "95 % intervals; patients, not photographs, are the unit"),
    "thresholds": _thresholds,
    "blinding": _of_card(lambda card: "The model sees the photograph alone, and no person reads the index test"),
    "indeterminate": _this(
        "Assumptions", "Every photograph that could be decoded is judged; screening itself refuses unreadable ones"
    ),
    "internal_data": _internal,
    "external_data": _external,
    "numbers": _numbers,
    "characteristics": _characteristics,
    "subgroups": _subgroups,
    "prevalence": _prevalence,
    "performance": _this("At your prevalence", "Sensitivity, specificity and predictive values with 95 % intervals"),
    "cross_table": lambda sources: iter(
        []
        if sources.run.predictions.empty
        else [Known("run", "predictions.parquet holds score and truth of every photograph")]
    ),
    "failures": _of_card(lambda card: " ".join(card.failures)),
    "limitations": _of_card(lambda card: " ".join(card.limits)),
    "updating": _of_card(lambda card: next((step.what for step in card.lineage if step.what.startswith("adapt")), "")),
    "imbalance": _imbalance,
    "availability": _availability,
}
