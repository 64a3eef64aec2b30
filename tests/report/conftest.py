"""Run folders with generated predictions, as probe, finetune, evaluate and pretrain leave them."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from fundusfm.evaluation.crossfit import cross_fitted
from fundusfm.evaluation.operating_points import operating_points
from fundusfm.evaluation.protocol import summarise
from fundusfm.runs import open_run

SHIFT = {"scratch": 0.5, "imagenet": 1.0, "fundus": 1.5, "imagenet+fundus": 2.0}


def generated_predictions(
    labels: Sequence[str],
    *,
    shift: float,
    external: Sequence[str] = ("camera_b",),
    patients: int = 60,
    folds: int = 5,
    task: str = "binary",
    seed: int = 0,
) -> pd.DataFrame:
    """Two eyes per patient; truths do not depend on `shift`, so that runs are comparable image by image."""
    random = np.random.default_rng(seed)
    parts = []
    for name in (*(("cv",) if folds else ()), *external):
        eyes = 2 * patients
        patient = np.repeat([f"p{number}" for number in range(patients)], 2)
        if task == "multiclass":
            truth = np.eye(len(labels))[random.integers(0, len(labels), eyes)]
        else:
            truth = (random.random((eyes, len(labels))) < 0.35).astype(float)
        logits = shift * (truth - 0.5) * (0.7 if name in external else 1.0) + random.normal(size=truth.shape)
        if task == "multiclass":
            score = np.exp(2 * logits) / np.exp(2 * logits).sum(axis=1, keepdims=True)
        else:
            score = 1 / (1 + np.exp(-2 * logits))
        for column, label in enumerate(labels):
            fold = np.repeat(np.arange(patients) % max(folds, 1), 2) if name == "cv" else np.full(eyes, -1)
            parts.append(
                pd.DataFrame(
                    {
                        "set": name,
                        "dataset": "synthetic" if name == "cv" else name,
                        "image": [f"{name}/{index}.png" for index in range(eyes)],
                        "patient": patient,
                        "label": label,
                        "fold": fold,
                        "truth": truth[:, column],
                        "score": score[:, column],
                        "sex": np.where(np.arange(eyes) % 4 < 2, "female", "male"),
                    }
                )
            )
    return pd.concat(parts, ignore_index=True)


def write_run(
    folder: Path,
    *,
    labels: Sequence[str] = ("abnormal",),
    strategy: str = "imagenet+fundus",
    command: str = "probe",
    task: str = "binary",
    by: Sequence[str] = (),
    change: Callable[[pd.DataFrame], pd.DataFrame] | None = None,
    more: Mapping[str, Any] | None = None,
    **options: Any,
) -> Path:
    """Writes a run folder with everything that a report reads."""
    predictions = generated_predictions(labels, shift=SHIFT[strategy], task=task, **options)
    if change:
        predictions = change(predictions)
    out = predictions["set"] == "cv"
    points: dict[str, Any] = {}
    if out.any():
        predictions = cross_fitted(predictions, task=task)  # type: ignore[arg-type]
        for label in labels:
            part = predictions[out & (predictions["label"] == label)].dropna(subset=["truth"])
            if part["truth"].nunique() == 2:
                points[label] = operating_points(part["truth"], part["score"])
    else:
        predictions["probability"] = predictions["score"]
    run = open_run(
        folder,
        command=command,
        config={
            "weights": f"runs/{strategy}/bundle",
            "data": ["stores/synthetic"],
            "labels": list(labels),
            "task": task,
            "folds": 5,
            "external": ["camera_b=stores/camera_b"],
            "seed": 0,
            "out": f"runs/{folder.name}",
        },
    )
    predictions.to_parquet(run.path / "predictions.parquet")
    write_card(run.path, labels, strategy, task, "FF" if command == "finetune" else "LF", points)
    if command == "finetune":
        write_history(run.path, folds=3)
    metrics = summarise(predictions, task=task, operating_points=points or None, by=by, repeats=50)  # type: ignore[arg-type]
    run.write_metrics({**metrics.plain(), **(more or {})})
    return run.path


@pytest.fixture(scope="session")
def make_run(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Returns a function that writes a run folder, at a new place every time."""

    def make(**options: Any) -> Path:
        return write_run(tmp_path_factory.mktemp("runs") / "run", **options)

    return make


@pytest.fixture
def pretrain_run(tmp_path: Path) -> Path:
    """A finished pretraining."""
    run = open_run(
        tmp_path / "pretrain",
        command="pretrain",
        config={
            "train": ["stores/synthetic"],
            "labels": ["abnormal"],
            "strategy": "fundus",
            "backbone": "mobilenetv2_100",
            "size": 160,
            "select": "part == 'upstream'",
            "epochs": 6,
            "imagenet_weights": None,
            "out": "runs/pretrain",
        },
    )
    write_card(run.path, ["abnormal"], "fundus", "multilabel", None, {})
    write_history(run.path)
    run.write_metrics({"upstream_validation": {"auroc": 0.83, "loss": 0.45, "kept_epoch": 5}})
    return run.path


def write_card(
    path: Path, labels: Sequence[str], strategy: str, task: str, method: str | None, points: Mapping[str, Any]
) -> None:
    """The bundle's card as plain JSON; the weights are of no interest to a report."""
    (path / "bundle").mkdir()
    card = {
        "format": 1,
        "name": path.name,
        "architecture": "mobilenetv2_100",
        "strategy": strategy,
        "method": method,
        "task": task,
        "labels": list(labels),
        "size": 160,
        "crop": "fov-v1",
        "mean": [0.5, 0.5, 0.5],
        "std": [0.2, 0.2, 0.2],
        "lineage": [
            {"what": "imagenet", "detail": {"file": "mobilenetv2_100.safetensors"}},
            {"what": "fundus", "detail": {"epochs": 6, "labels": ["abnormal"], "best_auroc": 0.8312}},
        ],
        "training_data": [
            {"name": "synthetic", "rows": 1200, "patients": 600, "hash": "9f86d081884c7d659a2f", "select": None}
        ],
        "label_definitions": {label: f"{label} = 1 in the manifest" for label in labels},
        "operating_points": {
            label: {
                name: dict(point) if isinstance(point, Mapping) else point.model_dump() for name, point in entry.items()
            }
            for label, entry in points.items()
        },
        "temperature": dict.fromkeys(labels, 1.4),
        "code_version": "0.1.0",
        "licence": "Apache-2.0",
        "intended_use": "Research use on colour fundus photographs. Not a medical device.",
        "created": "2026-11-24",
    }
    (path / "bundle" / "card.json").write_text(json.dumps(card))


def write_history(path: Path, *, folds: int = 0) -> None:
    """Six epochs that learn and then overfit, once or per fold."""
    epochs = np.arange(1, 7)
    tables = []
    for fold in range(max(1, folds)):
        table = pd.DataFrame(
            {
                "epoch": epochs,
                "train_loss": 0.7 * 0.8**epochs + 0.01 * fold,
                "val_loss": 0.7 * 0.85**epochs + 0.02 * (epochs > 4),
                "val_auroc": 0.85 - 0.2 * 0.6**epochs - 0.01 * (epochs == 6) - 0.01 * fold,
                "lr": 1e-3,
                "seconds": 12.5,
            }
        )
        tables.append(table.assign(fold=fold) if folds else table)
    pd.concat(tables).to_csv(path / "history.csv", index=False)


@pytest.fixture(scope="session")
def check_page() -> Callable[[str], None]:
    """Returns a check of what every page keeps to: self-contained, well-formed, described."""

    def check(page: str) -> None:
        addresses = re.findall(r'(?:src|href)="([^"]*)"', page)
        assert addresses
        assert all(address.startswith(("data:", "#")) for address in addresses)
        assert "<script" not in page
        assert "url(" not in page
        tags = Tags()
        tags.feed(page)
        assert tags.open == []
        assert tags.images
        assert all(tags.images)
        assert tags.captions == tags.tables > 0
        assert len(tags.ids) == len(set(tags.ids))

    return check


class Tags(HTMLParser):
    """Counts what must match in a page."""

    VOID = ("meta", "link", "img", "br")

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.images: list[str] = []
        self.ids: list[str] = []
        self.tables = self.captions = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag not in self.VOID:
            self.open.append(tag)
        if tag == "img":
            self.images.append(given.get("alt") or "")
        if given.get("id"):
            self.ids.append(str(given["id"]))
        self.tables += tag == "table"
        self.captions += tag == "caption"

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, f"</{tag}> closes something else"
