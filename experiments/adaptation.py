"""Prints what `fundusfm adapt` reaches with a few labelled photographs of a hospital, over many draws of them.

    python experiments/adaptation.py BUNDLE STORE ... [--photographs 100] [--draws 20] [--sensitivity 0.9]

The stores hold photographs that the bundle has never seen, with the column `abnormal`. Of each, whole patients are
drawn until they have that many photographs; the card is adapted to them and judged on the others. A line is the mean
over draws: calibration error of `abnormal` (15 bins) before and after, its error by chance (that of perfect
probabilities on as many photographs), sensitivity of the rule before and after, the share of draws in which the
interval of what is reached on the others holds what was asked for, and specificity before and after.
"""

import argparse

import numpy as np

from fundusfm.data.manifest.labels import read_targets
from fundusfm.data.manifest.splits import patient_groups
from fundusfm.data.store.reader import Store, open_store
from fundusfm.evaluation.local.fit import adapted_card
from fundusfm.evaluation.metrics import expected_calibration_error
from fundusfm.evaluation.referral import referable_eyes, referred
from fundusfm.evaluation.shares import share
from fundusfm.evaluation.table import PredictionTable
from fundusfm.models.bundle import Bundle
from fundusfm.models.calibrate import probabilities
from fundusfm.models.card.schema import Card
from fundusfm.models.inference import logits, scores_from_logits
from fundusfm.models.resolve import resolve_weights

_LABEL = "abnormal"


def main(weights: str, stores: list[str], photographs: int, draws: int, sensitivity: float) -> None:
    """Prints a line per set."""
    bundle = resolve_weights(weights, size=1)
    head = "set photographs ECE-before ECE-after by-chance sensitivity-before sensitivity-after asked-in-interval"
    print(*(f"{word:>18}" for word in [*head.split(), "specificity-before", "specificity-after"]))
    for source in stores:
        part = _scored(bundle, open_store(source))
        lines = [_draw(bundle.card, part, photographs, sensitivity, seed) for seed in range(draws)]
        print(f"{part.name:>18} {photographs:>18}", *(f"{value:>18.3f}" for value in np.nanmean(lines, axis=0)))


def _scored(bundle: Bundle, store: Store) -> PredictionTable:
    card = bundle.card
    targets = read_targets(store.frame, card.labels, task="multilabel", where=store.name, missing_ok=True)
    scores = scores_from_logits(logits(bundle, store), card.task)
    patients = np.unique(patient_groups(store.frame), return_inverse=True)[1]
    folds = np.full(len(store), -1)
    truth = targets.values.astype(np.float64)
    return PredictionTable(store.name, card.labels, store.frame, patients, folds, truth, scores, scores, {})


def _draw(card: Card, part: PredictionTable, photographs: int, sensitivity: float, seed: int) -> list[float]:
    """Returns the figures of one draw."""
    rng = np.random.default_rng(seed)
    known = ~np.isnan(part.truth[:, part.labels.index(_LABEL)])
    order = rng.permutation(np.unique(part.patients[known]))
    counts = np.cumsum([(part.patients[known] == patient).sum() for patient in order])
    chosen = order[: int(np.searchsorted(counts, photographs)) + 1]
    local = known & np.isin(part.patients, chosen)
    rest = part.take(known & ~local)
    fitted = adapted_card(card, part.truth[local], part.score[local], goal="sensitivity", target=sensitivity)
    place = part.labels.index(_LABEL)
    truth = rest.truth[:, place]
    chances = [probabilities(rest.score, one)[:, place] for one in (card, fitted)]
    errors = [expected_calibration_error(truth, chance) for chance in chances]
    perfect = (rng.random((50, len(truth))) < chances[1]).astype(np.float64)
    by_chance = float(np.mean([expected_calibration_error(drawn, chances[1]) for drawn in perfect]))
    normal, sick = referable_eyes(rest.labels, rest.truth)
    rules = [one.referral for one in (card, fitted)]
    passed = [referred(rest.labels, rest.score, rule.thresholds) for rule in rules if rule is not None]
    reached = share(passed[1][sick], rest.patients[sick])
    found = [float(one[sick].mean()) for one in passed]
    kept = [float((~one[normal]).mean()) if normal.any() else np.nan for one in passed]
    return [*errors, by_chance, *found, float(reached.low <= sensitivity <= reached.high), *kept]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("bundle")
    parser.add_argument("stores", nargs="+")
    parser.add_argument("--photographs", type=int, default=100)
    parser.add_argument("--draws", type=int, default=20)
    parser.add_argument("--sensitivity", type=float, default=0.9)
    given = parser.parse_args()
    main(given.bundle, given.stores, given.photographs, given.draws, given.sensitivity)
