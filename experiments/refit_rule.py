"""Fits the referral rule of a bundle that `fundusfm probe` made, on the photographs that its head was fitted to.

    python experiments/refit_rule.py BUNDLE STORE EXPRESSION [--specificity 0.8] [--seen STORE ...] [--keep FILE]

The head is fitted again in five folds, with the strengths of regularisation that the card states, so that scores of
the folds are on the scale of the bundle's own. What the folds rank is printed beside what the card says, and how far a
head on all rows is from the bundle's. The rule, the names of labels, README and the list of photographs (those of
--seen, by hash and sketch) are written into BUNDLE, scores of the folds into --keep. `SHA256SUMS` of released bundles
is renewed as CONTRIBUTING.md says.
"""

import argparse
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.metrics import roc_auc_score

from fundusfm.data.manifest.splits import group_folds
from fundusfm.data.store.reader import open_store
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
from fundusfm.runs import write_atomic
from fundusfm.training.cohort import read_training
from fundusfm.training.linear.features import cached_features
from fundusfm.training.linear.linear_head import fit_head


def main(
    folder: Path, source: str, expression: str, goal: Goal, target: float, seen: list[str], keep: Path | None
) -> None:
    """Writes the rule and prints what it rests on."""
    bundle = load_bundle(folder)
    card, detail = bundle.card, bundle.card.lineage[-1].detail
    strengths = detail.get("strength") or detail["C"]  # cards of 0.1 call it strength
    c = [strengths[label] for label in card.labels]
    rows = read_training(source, card.labels, task="multilabel", expression=expression, log=print)
    classifier = bundle.network.get_classifier()  # type: ignore[operator]
    weight, bias = (part.detach().numpy().copy() for part in (classifier.weight, classifier.bias))
    features = cached_features(headless(bundle), rows.store, batch_size=64)[rows.rows]
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
    scores = scores_from_logits(logits.astype(np.float32), card.task)
    frame = rows.store.frame.iloc[rows.rows]
    images = pd.DataFrame(
        {"set": CV, "dataset": "", "image": frame["image"].to_numpy(), "patient": frame["patient"].to_numpy()}
    ).assign(fold=folds)
    predictions = pd.concat(
        [
            images.assign(label=label, truth=truth[:, place].astype(float), score=scores[:, place])
            for place, label in enumerate(card.labels)
        ],
        ignore_index=True,
    )
    rule, decided = fit_rule(predictions, goal=goal, target=target)
    if keep is not None:
        decided.to_parquet(keep, index=False)
    print(rule_text(rule))
    card = card.model_copy(update={"referral": rule, "label_names": known_names(card.labels)})
    if seen:
        write_photographs(folder, TrainingPhotographs.of([open_store(store) for store in seen]))
    write_atomic(folder / "README.md", readme(card, bundle_use(card)))
    card.write(folder / "card.json")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("bundle", type=Path)
    parser.add_argument("store")
    parser.add_argument("expression")
    parser.add_argument("--specificity", type=float, default=0.8)
    parser.add_argument("--sensitivity", type=float)
    parser.add_argument("--seen", nargs="*", default=[])
    parser.add_argument("--keep", type=Path)
    given = parser.parse_args()
    aim: tuple[Goal, float] = ("specificity", given.specificity)
    if given.sensitivity is not None:
        aim = ("sensitivity", given.sensitivity)
    main(given.bundle, given.store, given.expression, *aim, given.seen, given.keep)
