"""Reads a run folder from its files; whatever is missing is absent, not an error."""

import html
import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from math import isnan
from pathlib import Path
from typing import Any, Literal

import pandas as pd
import yaml

from fundusfm.models.card.results import Estimate, LabelMetrics, Results
from fundusfm.parquet import read_parquet
from fundusfm.runs import check_run_folder

CV = "cv"
Unit = Literal["patients", "photographs"]


@dataclass(frozen=True)
class Run:
    """A run folder, read only; each part is loaded once, when first asked for."""

    path: Path

    @cached_property
    def config(self) -> dict[str, Any]:
        """Options that computed the run (`config.yaml`)."""
        file = self.path / "config.yaml"
        return dict(yaml.safe_load(file.read_text(encoding="utf-8")) or {}) if file.exists() else {}

    @cached_property
    def environment(self) -> dict[str, Any]:
        """Versions and machine (`environment.json`)."""
        return self._json("environment.json")

    @cached_property
    def metrics(self) -> dict[str, Any]:
        """Results (`metrics.json`); empty while the run is not finished."""
        return self._json("metrics.json")

    @property
    def finished(self) -> bool:
        """Whether the run ended: metrics are written last."""
        return (self.path / "metrics.json").exists()

    @property
    def bundle(self) -> Path:
        """Folder of the bundle that the run ended in."""
        return self.path / "bundle"

    @property
    def report(self) -> Path:
        """Page that shows the run."""
        return self.path / "report.html"

    def __repr__(self) -> str:
        """Returns the folder, the task and the headline metric in one line."""
        what = " ".join(filter(None, [self.command, str(self.config.get("task") or "")]))
        return f"Run({str(self.path)!r}: {what}, {self._headline()})"

    def _headline(self) -> str:
        if not self.finished:
            return "not finished"
        for name in self.sets:
            found = self.results(name)
            label = next((key for key in ("macro", "overall", *found) if key in found), "")
            for metric in ("auroc", "dice", "balanced_accuracy"):
                if value := _interval(found.get(label, {}).get(metric)):
                    of = "" if label in ("macro", "overall") else f" of {label}"
                    return f"{metric.replace('auroc', 'AUROC').replace('_', ' ')}{of} in {name} {value}"
        return "finished"

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td>{html.escape(name)}</td><td>{html.escape(label)}</td><td>{cell}</td></tr>"
            for name in self.sets
            for label in self.labels
            if (cell := _interval(self.results(name).get(label, {}).get("auroc")))
        )
        table = f"<table><tr><th>set</th><th>label</th><th>AUROC</th></tr>{rows}</table>" if rows else ""
        return f"<p>Run {html.escape(str(self.path))} ({html.escape(self.command)})</p>{table}"

    @cached_property
    def card(self) -> dict[str, Any]:
        """Card of the bundle that the run ended in."""
        return self._json("bundle/card.json")

    @cached_property
    def predictions(self) -> pd.DataFrame:
        """One row per image and label; empty where the run has none."""
        file = self.path / "predictions.parquet"
        columns = ["set", "dataset", "image", "patient", "label", "fold", "truth", "score", "probability"]
        return read_parquet(file) if file.exists() else pd.DataFrame({name: [] for name in columns})

    @cached_property
    def history(self) -> pd.DataFrame:
        """One row per epoch (`history.csv`); empty where the run has none."""
        file = self.path / "history.csv"
        return pd.read_csv(file) if file.exists() else pd.DataFrame()

    @property
    def command(self) -> str:
        """Subcommand that wrote the folder."""
        return str(self.environment.get("subcommand") or "run")

    @property
    def method(self) -> str:
        """`LF`, `FF`, or empty."""
        given = {"probe": "LF", "finetune": "FF"}.get(self.command)
        return str(given or self.card.get("method") or "")

    @property
    def strategy(self) -> str:
        """Strategy of the backbone, or empty."""
        return str(self.card.get("strategy") or self.config.get("strategy") or "")

    @property
    def sets(self) -> list[str]:
        """Names of the evaluated sets: `cv` first, then external sets in the order of the metrics."""
        names = ([CV] if self.metrics.get(CV) else []) + list(self.metrics.get("external") or {})
        names += [str(name) for name in self.predictions["set"].drop_duplicates() if name not in names]
        return [name for name in names if name not in self.unknown_sets]

    @cached_property
    def unknown_sets(self) -> list[str]:
        """Names of the sets that were scored but in which no label is known, so that nothing can be measured."""
        known = self.predictions["truth"].notna().groupby(self.predictions["set"], sort=False).any()
        return [str(name) for name, any_known in known.items() if not any_known]

    @cached_property
    def images(self) -> pd.DataFrame:
        """Scored photographs of a segmenter, a row per structure (`images.parquet`); empty for any other run."""
        file = self.path / "images.parquet"
        return read_parquet(file) if file.exists() else pd.DataFrame()

    @property
    def scored(self) -> pd.DataFrame:
        """One row per photograph and set that the run scored, with its `patient`."""
        rows = self.predictions if self.images.empty else self.images
        return rows.drop_duplicates(["set", "dataset", "image"])

    @cached_property
    def unit(self) -> Unit:
        """What folds and intervals are by: `patients`, or `photographs` where the data name no patient."""
        scored = self.scored
        named = "patient" in scored and (scored["patient"].fillna("") != "").any()
        return "patients" if named or scored.empty else "photographs"

    @property
    def unseen_notes(self) -> list[str]:
        """Notes of the run that the weights were trained on photographs of a set."""
        return [note for note in self.metrics.get("notes") or [] if "unseen" in note]

    @property
    def labels(self) -> list[str]:
        """Labels in the order of the metrics, else of the predictions; without those that are unknown everywhere."""
        found = [key for name in self.sets for key in self.results(name) if key not in ("macro", "overall")]
        found += [name for name in self._predicted_labels if name not in self.unknown_labels]
        return list(dict.fromkeys(found))

    @cached_property
    def unknown_labels(self) -> list[str]:
        """Labels that were scored but that no photograph knows, though it knows others."""
        known = set(self.predictions.loc[self.predictions["truth"].notna(), "label"].astype(str))
        return [name for name in self._predicted_labels if known and name not in known]

    @cached_property
    def _predicted_labels(self) -> list[str]:
        return [str(name) for name in self.predictions["label"].drop_duplicates()]

    @cached_property
    def all_results(self) -> Results:
        """Every metric with its interval, as `metrics.json` holds them."""
        return Results.read(self.metrics)

    def results(self, name: str) -> LabelMetrics:
        """Metrics by label of `cv` or of an external set; none of labels that are unknown everywhere."""
        found = self.all_results.sets.get(name, {})
        return {label: entry for label, entry in found.items() if label not in self.unknown_labels}

    def rows(self, name: str, label: str) -> pd.DataFrame:
        """Predictions of one set and label."""
        table = self.predictions
        return table[(table["set"] == name) & (table["label"] == label)]

    def _json(self, name: str) -> dict[str, Any]:
        file = self.path / name
        return dict(json.loads(file.read_text(encoding="utf-8"))) if file.exists() else {}


def named_patients(rows: pd.DataFrame) -> int:
    """Returns how many patients the images of some predictions name."""
    named = rows[rows["patient"].fillna("") != ""]
    return len(named.drop_duplicates(["dataset", "patient"]))


def whose(rows: pd.DataFrame) -> str:
    """Returns whose photographs some are, such as `40 patients and 3 photographs of unknown patient`."""
    people, alone = named_patients(rows), int((rows["patient"].fillna("") == "").sum())
    if not people:
        return "patients unknown"
    said = f"{people} patient{'' if people == 1 else 's'}"
    return said + (f" and {alone} photograph{'' if alone == 1 else 's'} of unknown patient" if alone else "")


def shared_unit(runs: Iterable[Run]) -> Unit:
    """Returns what the intervals of several runs are by: `photographs` only where no run names a patient."""
    return "patients" if any(run.unit == "patients" for run in runs) else "photographs"


def _interval(found: Estimate | None) -> str:
    """Returns `0.81 [0.79, 0.83]`, or an empty text where there is no value."""
    if found is None or isnan(found.value):
        return ""
    between = "" if isnan(found.low) or isnan(found.high) else f" [{found.low:.3f}, {found.high:.3f}]"
    return f"{found.value:.3f}{between}"


def read_run(path: str | Path) -> Run:
    """Opens a run folder for reading.

    Raises:
        RunFolderError: There is no such folder, or it was not written by a run.
    """
    check_run_folder(folder := Path(path))
    return Run(folder)
