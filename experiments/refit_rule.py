"""Fits the referral rule of a bundle that `fundusfm probe` made, and its term for both eyes, without a new head.

    python experiments/refit_rule.py BUNDLE STORE EXPRESSION [--specificity 0.8] [--both-eyes]
        [--external NAME=STORE ...] [--seen STORE ...] [--keep FILE]

STORE holds the photographs that the head was fitted to. The head is fitted again in five folds, with the strengths of
regularisation that the card states, so that scores of the folds are on the scale of the bundle's own. What the folds
rank is printed beside what the card says, and how far a head on all rows is from the bundle's. The rule, the term and
what it brings, the calibration error of the folds, the names of labels, README and the list of photographs (those of
--seen, by hash and sketch) are written into BUNDLE, scores of the folds and of external sets into --keep. `SHA256SUMS`
of released bundles is renewed as CONTRIBUTING.md says.
"""

import argparse
import copy
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from fundusfm.data.manifest.splits import group_folds
from fundusfm.data.store.reader import open_store
from fundusfm.evaluation.crossfit import cross_fitted
from fundusfm.evaluation.protocol import summarise
from fundusfm.evaluation.referral import fit_rule, rule_text
from fundusfm.evaluation.table import CV
from fundusfm.models.card.label_names import known_names
from fundusfm.models.card.readme import readme
from fundusfm.models.card.recipes import bundle_use
from fundusfm.models.card.referral import Goal
from fundusfm.models.inference import scores_from_logits
from fundusfm.models.photographs import TrainingPhotographs, write_photographs
from fundusfm.models.start import headless
from fundusfm.models.trainable import load_bundle
from fundusfm.runs import plain, write_atomic
from fundusfm.training.both_eyes import BOTH_EYES, both_eyes_text, measure_both_eyes
from fundusfm.training.cohort import Cohort, read_external, read_training
from fundusfm.training.linear.features import cached_features
from fundusfm.training.linear.linear_head import fit_head


def main(given: argparse.Namespace) -> None:
    """Writes rule and term, and prints what they rest on."""
    bundle = load_bundle(given.bundle)
    card, detail = bundle.card, bundle.card.lineage[-1].detail
    strengths = detail.get("strength") or detail["C"]  # cards of 0.1 call it strength
    c = [strengths[label] for label in card.labels]
    rows = read_training(given.store, card.labels, task="multilabel", expression=given.expression, log=print)
    outside = read_external(given.external, rows, card.labels, start=bundle, log=print)
    classifier = bundle.network.get_classifier()  # type: ignore[operator]
    weight, bias = (part.detach().numpy().copy() for part in (classifier.weight, classifier.bias))
    backbone = headless(bundle)
    features = cached_features(backbone, rows.store, batch_size=64)[rows.rows]
    truth, groups = rows.targets.values, rows.groups
    folds = group_folds(groups, truth, folds=detail["folds"], seed=detail["seed"], both_classes=True)
    logits = np.full(truth.shape, np.nan)
    for fold in range(detail["folds"]):
        train = folds != fold
        logits[~train] = fit_head(features[train], truth[train], groups[train], task="multilabel", c=c).logits(
            features[~train]
        )
    again = fit_head(features, truth, groups, task="multilabel", c=c).logits(features)
    own = features @ weight.T + bias
    print("label      AUROC of folds, in card; head on all rows against the bundle's: correlation, mean difference")
    for place, label in enumerate(card.labels):
        parts = [roc_auc_score(truth[folds == fold, place], logits[folds == fold, place]) for fold in np.unique(folds)]
        known = card.metrics["cv"][label]["auroc"]["mean"]
        alike = np.corrcoef(own[:, place], again[:, place])[0, 1]
        apart = np.abs(own[:, place] - again[:, place]).mean()
        print(f"{label:10} {np.mean(parts):.4f} {known:.4f}   {alike:.5f} {apart:.4f}")
    tables = [_predictions(CV, rows, logits, folds + 1)]
    for cohort in outside:
        scored = cached_features(backbone, cohort.store, batch_size=64)[cohort.rows] @ weight.T + bias
        tables.append(_predictions(cohort.name, cohort, scored, np.full(len(cohort), -1)))
    predictions = cross_fitted(pd.concat(tables, ignore_index=True), task="multilabel")
    rule, predictions = fit_rule(predictions, goal=given.goal, target=given.target)
    print(rule_text(rule))
    metrics = copy.deepcopy(card.metrics)
    for label, cells in summarise(predictions[predictions["set"] == CV], task="multilabel").plain()[CV].items():
        metrics[CV][label]["ece"] = plain(cells["ece"])
    if given.both_eyes:
        both = measure_both_eyes(
            predictions, [rows, *outside], rule, task="multilabel", operating_points=card.operating_points, seed=0
        )
        print(both_eyes_text(both))
        predictions, metrics[BOTH_EYES] = both.predictions, plain(both.metrics)
        card = card.model_copy(update={"both_eyes": both.term})
    if given.keep is not None:
        predictions.to_parquet(given.keep, index=False)
    if given.seen:
        write_photographs(given.bundle, TrainingPhotographs.of([open_store(store) for store in given.seen]))
    card = card.model_copy(update={"referral": rule, "label_names": known_names(card.labels), "metrics": metrics})
    write_atomic(given.bundle / "README.md", readme(card, bundle_use(card)))
    card.write(given.bundle / "card.json")


def _predictions(name: str, cohort: Cohort, logits: NDArray[np.floating], folds: NDArray[np.int64]) -> pd.DataFrame:
    """One row per image and label, as in a run's `predictions.parquet`."""
    scores = scores_from_logits(logits.astype(np.float32), "multilabel")
    frame = cohort.store.frame.iloc[cohort.rows]
    patient = frame["patient"] if "patient" in frame else frame["image"]
    images = pd.DataFrame(
        {"set": name, "dataset": "", "image": frame["image"].to_numpy(), "patient": patient.to_numpy(), "fold": folds}
    )
    targets = cohort.targets
    parts = [
        images.assign(label=label, truth=targets.values[:, place].astype(float), score=scores[:, place])
        for place, label in enumerate(targets.labels)
    ]
    return pd.concat(parts, ignore_index=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("bundle", type=Path)
    parser.add_argument("store")
    parser.add_argument("expression")
    parser.add_argument("--specificity", type=float, default=0.8)
    parser.add_argument("--sensitivity", type=float)
    parser.add_argument("--both-eyes", action="store_true")
    parser.add_argument("--external", nargs="*", default=[])
    parser.add_argument("--seen", nargs="*", default=[])
    parser.add_argument("--keep", type=Path)
    options = parser.parse_args()
    aim: tuple[Goal, float] = ("specificity", options.specificity)
    if options.sensitivity is not None:
        aim = ("sensitivity", options.sensitivity)
    options.goal, options.target = aim
    main(options)
