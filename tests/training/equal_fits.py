"""Fits whose weights must not depend on the number of processes; run by torchrun as `equal_fits.py STORE OUT`."""

import os
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch

from fundusfm.config.fit import FitSettings
from fundusfm.data.manifest.labels import read_targets
from fundusfm.data.store.loader import LabelledStores
from fundusfm.data.store.reader import open_store
from fundusfm.models.network import build_network
from fundusfm.training.fitting.fit import FitResult, fit_network
from fundusfm.training.fitting.processes import started_processes

BATCH = 8
TRAINING_ROWS = 21  # two whole batches and one of five, which two processes cannot halve


@dataclass(frozen=True)
class Case:
    """A fit.

    Attributes:
        architecture: A timm model.
        task: What the targets are.
        options: Settings of the fit.
    """

    architecture: str
    task: str = "multilabel"
    options: dict[str, Any] = field(default_factory=dict)


CASES = {
    "batch norm": Case("test_resnet"),
    "batch norm with activation, mixup": Case("test_efficientnet", options={"mixup": 0.4}),
    "layer norm, accumulated": Case("test_convnext", options={"accumulate_grad_batches": 2}),
    "classes": Case("test_vit", task="multiclass"),
}


def fit(case: Case, store: Path, folder: Path) -> tuple[torch.nn.Module, FitResult]:
    """Fits with `BATCH` images per step, however many processes there are.

    One label is known for all photographs, one for some: for none at all in whole shares of a batch.
    """
    devices, nodes = started_processes(1, 1)
    opened = open_store(str(store))
    known = read_targets(opened.frame, ["abnormal"], task="binary", where="tiny").values
    partly = np.where(np.arange(len(known))[:, None] % 3 == 0, 1 - known, np.nan)
    targets = np.concatenate([known, 1 - known if case.task == "multiclass" else partly], axis=1)
    data = LabelledStores([opened], targets.astype(np.float32))
    training = np.arange(len(data)) < TRAINING_ROWS
    torch.manual_seed(0)
    network = build_network(case.architecture, outputs=2, size=64)
    settings = FitSettings(
        epochs=2,
        batch_size=BATCH // (devices * nodes),
        learning_rate=1e-3,
        workers=0,
        precision="32-true",
        devices=devices,
        nodes=nodes,
        **case.options,
    )
    result = fit_network(
        network,
        train=data.take(training),
        validation=data.take(~training),
        task=case.task,
        mean=[0.5] * 3,
        std=[0.25] * 3,
        settings=settings,
        folder=folder,
        resume=False,
        log_line=lambda line: None,
    )
    return network, result


def main(store: Path, out: Path) -> None:
    """Fits every case; what each leaves is written by the first process."""
    for name, case in CASES.items():
        network, result = fit(case, store, out / "checkpoints" / name)
        if os.environ["RANK"] == "0":
            torch.save({"state": network.state_dict(), "history": result.history}, out / f"{name}.pt")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
