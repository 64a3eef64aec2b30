"""Row `linear probe`: five folds x six fractions x nine labels, beside a probe trained by epochs.

The usual linear probe keeps the backbone in the training loop: every epoch decodes, augments and passes all photographs
through it again. Run whole, that takes days here, so its cost is put together from what is measured: the seconds of one
such epoch per photograph, times photographs, epochs, folds and fractions. Its head is trained on features without
augmentation to find the number of epochs after which its AUROC is ours, at the learning rate that suits it best.
"""

import os
import tempfile
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score
from torch import nn

import fundusfm
from benchmarks.interleave import seconds
from benchmarks.material import store
from benchmarks.table import Row
from fundusfm.data.manifest.labels import read_targets
from fundusfm.data.manifest.splits import group_folds, patient_groups
from fundusfm.data.store.loader import LabelledStores, make_loader
from fundusfm.data.store.reader import Store, open_store
from fundusfm.models.bundle import Bundle
from fundusfm.models.inference import features
from fundusfm.models.network import pooled_features, to_input
from fundusfm.models.resolve import resolve_weights
from fundusfm.training.linear.linear_head import fit_head

COUNT, SIZE, FOLDS = 5400, 160, 5
FRACTIONS = (0.01, 0.05, 0.1, 0.25, 0.5, 1.0)
_EPOCHS = 100
_RATES = (1e-3, 3e-4, 1e-4)
_CLOSE = 0.003


def rows(folder: Path, repeats: int) -> list[Row]:
    """Measures our whole probe, features included, and puts the usual one's cost together.

    `FUNDUSFM_BENCH_STORE`, `FUNDUSFM_BENCH_LABELS` (with commas) and `FUNDUSFM_BENCH_WEIGHTS` name a real store, its
    labels and weights; without them photographs and weights are generated and random.
    """
    source = os.environ.get("FUNDUSFM_BENCH_STORE")
    opened = open_store(source or str(store(folder, count=COUNT, size=SIZE)))
    named = os.environ.get("FUNDUSFM_BENCH_LABELS")
    labels = named.split(",") if named else [name for name in map(str, opened.frame) if _is_label(opened, name)][:9]
    weights = os.environ.get("FUNDUSFM_BENCH_WEIGHTS", "scratch")
    ours = [_ours(opened, labels, weights) for _ in range(repeats)]
    epoch = [_epoch_per_image(opened, weights) for _ in range(repeats)]
    auroc, usual_auroc, epochs = _equal_epochs(opened, labels, weights)
    photographs = len(opened) * (FOLDS - 1) * sum(FRACTIONS)
    usual = [value * photographs * epochs for value in epoch]
    ratios = sorted(theirs / mine for mine, theirs in zip(ours, usual, strict=True))
    return [
        Row(
            "linear probe",
            f"{FOLDS} folds x {len(FRACTIONS)} fractions x {len(labels)} labels, {len(opened)} photographs, features "
            f"included; usual: {epochs} epochs, from {1 / np.median(epoch):.0f} photographs/s",
            f"{np.median(ours):.0f} s",
            f"{np.median(usual) / 60:.0f} min",
            f"{np.median(ratios):.0f}",
            f"{ratios[0]:.0f} to {ratios[-1]:.0f}",
            "50",
            f"mean AUROC of a fold {auroc:.4f}, usual {usual_auroc:.4f}",
        )
    ]


def _is_label(opened: Store, name: str) -> bool:
    return set(opened.frame[name].astype(str)) == {"0", "1"}


def _ours(opened: Store, labels: list[str], weights: str) -> float:
    """Seconds of the six commands on an empty cache."""
    with tempfile.TemporaryDirectory() as scratch:
        before, os.environ["FUNDUSFM_CACHE"] = os.environ.get("FUNDUSFM_CACHE"), f"{scratch}/cache"
        try:
            return seconds(lambda: _probes(opened, labels, weights, scratch))
        finally:
            os.environ.pop("FUNDUSFM_CACHE")
            if before is not None:
                os.environ["FUNDUSFM_CACHE"] = before


def _probes(opened: Store, labels: list[str], weights: str, scratch: str) -> None:
    for fraction in FRACTIONS:
        fundusfm.probe(
            data=str(opened.path),
            labels=labels,
            task="multilabel",
            weights=weights,
            backbone="mobilenetv2_100" if weights == "scratch" else None,
            folds=FOLDS,
            fraction=fraction,
            out=f"{scratch}/probe-{fraction}",
        )


def _bundle(opened: Store, weights: str) -> Bundle:
    return resolve_weights(
        weights, backbone="mobilenetv2_100" if weights == "scratch" else None, size=opened.header.size
    )


def _epoch_per_image(opened: Store, weights: str, batches: int = 10) -> float:
    """Seconds per photograph of an epoch that loads, augments and passes the frozen backbone."""
    bundle = _bundle(opened, weights)
    data = LabelledStores([opened], np.zeros((len(opened), 1), np.float32))
    loader = iter(make_loader(data, batch_size=64, seed=0, training=True, workers=1))
    network = bundle.load_network().eval().to(memory_format=torch.channels_last)
    next(loader)

    def some() -> None:
        with torch.no_grad():
            for _ in range(batches):
                pooled_features(network, to_input(next(loader)[0], bundle.card.mean, bundle.card.std))

    return seconds(some) / (batches * 64)


def _equal_epochs(opened: Store, labels: list[str], weights: str) -> tuple[float, float, int]:
    """Mean AUROC of the first fold by our probe and by Adam, and the epochs Adam took to come within 0.003 of ours.

    Adam's are the best of its epochs on the test photographs themselves, and of three learning rates: more than fair.
    """
    values = read_targets(opened.frame, labels, task="multilabel", where=str(opened.path)).values
    groups = patient_groups(opened.frame)
    test = group_folds(groups, values, folds=FOLDS, seed=0) == 0
    x = features(_bundle(opened, weights), opened)
    head = fit_head(x[~test], values[~test], groups[~test], task="multilabel")
    ours = _mean_auroc(values[test], head.logits(x[test]))
    center, spread = x[~test].mean(axis=0), x[~test].std(axis=0) + 1e-6
    inputs, targets = torch.from_numpy((x - center) / spread), torch.from_numpy(values)
    wanted = ours - _CLOSE
    tries = [_train_by_epochs(inputs, targets, test, rate, wanted) for rate in _RATES]
    return ours, *max(tries, key=lambda found: (found[0] >= wanted, -found[1], found[0]))


def _train_by_epochs(
    inputs: torch.Tensor, targets: torch.Tensor, test: NDArray[np.bool_], rate: float, wanted: float
) -> tuple[float, int]:
    """The best mean AUROC of up to 100 epochs, and how many there were until it was the wanted one."""
    torch.manual_seed(0)
    layer = nn.Linear(inputs.shape[1], targets.shape[1])
    optimizer = torch.optim.AdamW(layer.parameters(), lr=rate)
    train = torch.from_numpy(np.flatnonzero(~test))
    best, epoch = 0.0, 0
    while epoch < _EPOCHS and best < wanted:
        epoch += 1
        for part in torch.split(train[torch.randperm(len(train))], 64):
            known = ~targets[part].isnan()
            loss = nn.functional.binary_cross_entropy_with_logits(layer(inputs[part])[known], targets[part][known])
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
        with torch.no_grad():
            best = max(best, _mean_auroc(targets[test].numpy(), layer(inputs[torch.from_numpy(test)]).numpy()))
    return best, epoch


def _mean_auroc(targets: NDArray[np.float32], scores: NDArray[np.floating]) -> float:
    found = []
    for truth, score in zip(targets.T, np.asarray(scores).T, strict=True):
        known = ~np.isnan(truth)
        if 0 < truth[known].sum() < known.sum():
            found.append(roc_auc_score(truth[known], score[known]))
    return float(np.mean(found))
