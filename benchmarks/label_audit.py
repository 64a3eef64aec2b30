"""How many wrong labels an audit finds, and what correcting them brings.

    python -m benchmarks.label_audit STORE --labels cataract abnormal [--weights BUNDLE] [--share 0.1] [--first 0.15]

STORE holds photographs whose labels are right, such as generated ones. A share of them is made wrong, a probe is fitted
in five folds, and the photographs are ranked as `fundusfm data audit` ranks them. Then the labels of the first ones are
corrected, and the probe is fitted again; both are measured against the right labels. Prints a table of Markdown: the
mean over four draws of wrong labels, with the lowest and the highest.
"""

import argparse

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from fundusfm.data.manifest.labels import read_targets
from fundusfm.data.manifest.splits import group_folds, patient_groups
from fundusfm.data.store.reader import open_store
from fundusfm.evaluation.paired import MeanAuroc
from fundusfm.labels.audit.judgement import judge_label
from fundusfm.models.released import default_weights
from fundusfm.models.resolve import resolve_weights, without_head
from fundusfm.training.linear.features import cached_features
from fundusfm.training.linear.linear_head import fit_head

_DRAWS = 4
_FOLDS = 5

Features = NDArray[np.float32]
Groups = NDArray[np.object_]
Labels = NDArray[np.intp]


def main() -> None:
    """Makes labels wrong, finds and corrects them, and prints the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.label_audit")
    parser.add_argument("store")
    parser.add_argument("--labels", nargs="+", required=True)
    parser.add_argument("--weights", default=None)
    parser.add_argument("--share", type=float, default=0.1, help="share of labels that are made wrong")
    parser.add_argument("--first", type=float, default=0.15, help="share of the ranked list that is corrected")
    arguments = parser.parse_args()
    store = open_store(arguments.store)
    weights = arguments.weights or default_weights()
    start = resolve_weights(weights, backbone=None, size=store.header.size, imagenet_weights=None, seed=0)
    features, groups = cached_features(without_head(start), store), patient_groups(store.frame)
    targets = read_targets(store.frame, arguments.labels, task="multilabel", where=arguments.store)
    print(f"| label | positives of {len(store)} | found in the first {arguments.first:.0%} | AUROC before | after |")
    print("| --- | --- | --- | --- | --- |", flush=True)
    for place, label in enumerate(targets.labels):
        truth = targets.values[:, place].astype(np.intp)
        rows = [_loop(features, groups, truth, arguments.share, arguments.first, seed) for seed in range(_DRAWS)]
        found, before, after = (_spread([row[column] for row in rows]) for column in range(3))
        print(f"| {label} | {truth.sum()} | {found} | {before} | {after} |", flush=True)


def _loop(
    features: Features, groups: Groups, truth: Labels, share: float, first: float, seed: int
) -> tuple[float, float, float]:
    wrong = np.random.default_rng(seed).choice(len(truth), round(share * len(truth)), replace=False)
    given = truth.copy()
    given[wrong] = 1 - given[wrong]
    folds = group_folds(groups, given[:, None].astype(np.float64), folds=_FOLDS, seed=0)
    scores = _out_of_fold(features, groups, given, folds)
    judgement = judge_label("label", ["0", "1"], given, np.stack([1 - scores, scores], axis=1))
    listed = np.lexsort((-judgement.doubt, ~judgement.disputed))[: round(first * len(truth))]
    corrected = given.copy()
    corrected[listed] = truth[listed]
    again = _out_of_fold(features, groups, corrected, folds)
    before, after = (_auroc(truth, values, folds) for values in (scores, again))
    return float(np.isin(wrong, listed).mean()), before, after


def _out_of_fold(features: Features, groups: Groups, labels: Labels, folds: NDArray[np.int64]) -> NDArray[np.float64]:
    scores = np.zeros(len(labels))
    for fold in range(_FOLDS):
        train, test = folds != fold, folds == fold
        head = fit_head(features[train], labels[train, None].astype(np.float32), groups[train], task="binary")
        scores[test] = expit(head.logits(features[test])[:, 0])
    return scores


def _auroc(truth: Labels, scores: NDArray[np.float64], folds: NDArray[np.int64]) -> float:
    measure = MeanAuroc(truth[:, None].astype(np.float64), scores[:, None], folds)
    return float(measure.of(np.ones((len(truth), 1)))[0])


def _spread(values: list[float]) -> str:
    return f"{np.mean(values):.3f} ({min(values):.3f} to {max(values):.3f})"


if __name__ == "__main__":
    main()
