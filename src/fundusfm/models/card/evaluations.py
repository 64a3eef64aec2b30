"""Results of finished runs, from their `metrics.json` into a bundle's card."""

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from fundusfm.errors import ConfigError
from fundusfm.models.card.schema import Card
from fundusfm.models.segmentation.structures import ARTERIES, ARTERY_VEIN, VEINS

_FOLDS = "cv"
_MEANS = frozenset({"macro", "overall"})


def with_results(card: Card, *, weights: str, runs: Sequence[str]) -> Card:
    """Returns a card that also holds the results of runs; a set that it has already is replaced.

    Runs of `fundusfm evaluate` and `segment evaluate` record which weights they judged, and give their sets and
    subgroups. Runs of `probe`, `finetune` and `segment train` give the folds' results: of other weights, fitted in the
    same way on the other folds. Their external sets are left out, since the run may have judged another network there.

    Args:
        card: Card of the weights.
        weights: Hash of the weights.
        runs: Run folders.

    Raises:
        ConfigError: A run is not finished, judged other weights or labels, has no results to give, or has a set that
            another one gave.
    """
    external: dict[str, Any] = dict(card.metrics.get("external") or {})
    folds: dict[str, Any] = dict(card.metrics.get(_FOLDS) or {})
    subgroups: dict[str, Any] = dict(card.metrics.get("subgroups") or {})
    given: dict[str, str] = {}
    for run in runs:
        metrics = _read(Path(run))
        sets = _sets(run, metrics, weights, card.name)
        for name, labels in sets.items():
            if name in given:
                raise ConfigError(
                    f"--evaluations {run} and {given[name]} both hold the set {name}: give one of them, or call a set "
                    "otherwise with fundusfm evaluate --data NAME=PATH."
                )
            _refuse_other_labels(run, labels, card)
            given[name] = run
            if name == _FOLDS:
                folds = labels
            else:
                external[name] = labels
            subgroups.pop(name, None)
            if found := (metrics.get("subgroups") or {}).get(name):
                subgroups[name] = found
    return card.model_copy(
        update={"metrics": card.metrics | {_FOLDS: folds, "external": external, "subgroups": subgroups}}
    )


def _read(run: Path) -> Mapping[str, Any]:
    path = run / "metrics.json"
    try:
        metrics: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(
            f"--evaluations {run}: {path} cannot be read ({error.strerror}): give finished runs of fundusfm evaluate, "
            "probe, finetune, segment train or segment evaluate."
        ) from error
    return metrics


def _sets(run: str, metrics: Mapping[str, Any], weights: str, name: str) -> dict[str, Any]:
    """Returns the labels' results by set, as far as they say something about the weights."""
    judged = metrics.get("weights")
    if judged is None:
        sets = {_FOLDS: metrics[_FOLDS]} if metrics.get(_FOLDS) else {}
        if metrics.get("external"):
            print(
                f"{run}: its external sets ({', '.join(metrics['external'])}) are left out; judge these weights on "
                "them with fundusfm evaluate",
                file=sys.stderr,
            )
    elif judged["hash"] != weights:
        raise ConfigError(
            f"--evaluations {run} judged other weights ({judged['name']}, {judged['hash'][:12]}) than {name} "
            f"({weights[:12]}): run fundusfm evaluate with these."
        )
    else:
        sets = dict(metrics.get("external") or {})
    if not sets:
        raise ConfigError(f"--evaluations {run} holds no results of folds or external sets.")
    return sets


def _refuse_other_labels(run: str, labels: Mapping[str, Any], card: Card) -> None:
    both = {ARTERY_VEIN} if {ARTERIES, VEINS} <= set(card.labels) else set()
    if unknown := sorted(set(labels) - set(card.labels) - _MEANS - both):
        raise ConfigError(
            f"--evaluations {run} is about {', '.join(unknown)}, which {card.name} does not predict; its labels are "
            f"{', '.join(card.labels) or 'none'}."
        )
