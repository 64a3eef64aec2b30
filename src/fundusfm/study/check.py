"""Checks a study for mistakes before anything is computed."""

from pathlib import Path

import numpy as np
import pandas as pd
import torch

from fundusfm.config.types import Strategy
from fundusfm.data.manifest.labels import read_targets
from fundusfm.data.manifest.select import select, select_many
from fundusfm.data.manifest.splits import group_folds, patient_groups
from fundusfm.data.manifest.table import read_manifest
from fundusfm.data.manifest.words import comparison_notes
from fundusfm.errors import ConfigError, LabelError
from fundusfm.models.network import build_network
from fundusfm.models.resolve import bundle_folder, kind_of_weights
from fundusfm.study.matrix import expand
from fundusfm.study.spec import StudySpec, TaskSpec, Upstream, VesselTask

_MASKS = "vessels"


def check_study(spec: StudySpec) -> list[str]:
    """Refuses a study that names what is not there: manifests, columns, rows, backbones, files of weights.

    Returns:
        What the labels that compare words count as positive and negative.

    Raises:
        ManifestError, SelectError, LabelError, SplitError, WeightsError, ConfigError: Says where and what.
    """
    frames = {name: read_manifest(f"{name}={manifest}").frame for name, manifest in spec.data.items()}
    notes: list[str] = []
    for name, task in spec.tasks.items():
        rows = _check_task(f"tasks.{name}", task, frames[task.data], folds=spec.folds)
        notes += [f"tasks.{name}: {note}" for note in comparison_notes(rows, task.labels)]
    for name, drawn in spec.vessels.items():
        _check_vessels(f"vessels.{name}", drawn, frames)
    if spec.upstream:
        _check_upstream(spec.upstream, frames)
    _check_backbones(spec)
    return notes


def _check_task(where: str, task: TaskSpec, frame: pd.DataFrame, *, folds: int) -> pd.DataFrame:
    """Returns the rows that the task is about."""
    where = f"{where}, data set {task.data}"
    rows = frame if task.select is None else frame[select(frame, task.select, where=where)]
    targets = read_targets(rows, task.labels, task=task.task, where=where)
    known = targets.known()
    if not known.any():
        raise LabelError(f"{where}: none of the {len(rows)} rows has a known {' or '.join(task.labels)}.")
    for column in task.by:
        if column not in frame:
            raise ConfigError(
                f"{where}: `by` names the column {column}, which the manifest does not have; its columns are "
                f"{', '.join(map(str, frame.columns))}."
            )
    group_folds(patient_groups(rows[known]), targets.values[known], folds=folds)
    return rows


def _check_vessels(where: str, task: VesselTask, frames: dict[str, pd.DataFrame]) -> None:
    for name in [task.data, *task.external]:
        if _MASKS not in frames[name]:
            raise ConfigError(f"{where}, data set {name}: the manifest has no column `{_MASKS}` with vessel masks.")
    if task.select is not None:
        select(frames[task.data], task.select, where=f"{where}, data set {task.data}")


def _check_upstream(upstream: Upstream, frames: dict[str, pd.DataFrame]) -> None:
    chosen = [frames[name] for name in upstream.data]
    where = [f"upstream, data set {name}" for name in upstream.data]
    if upstream.select is not None:
        masks, _ = select_many(chosen, upstream.select, where=where)
        chosen = [frame[mask] for frame, mask in zip(chosen, masks, strict=True)]
    known = np.zeros(len(upstream.labels), bool)
    for frame, place in zip(chosen, where, strict=True):
        targets = read_targets(frame, upstream.labels, task="multilabel", where=place, missing_ok=True)
        known |= ~np.isnan(targets.values).all(axis=0)
    if not known.all():
        unknown = [label for label, found in zip(upstream.labels, known, strict=True) if not found]
        raise LabelError(f"upstream: no row of {', '.join(upstream.data)} has a known {' or '.join(unknown)}.")


def _check_backbones(spec: StudySpec) -> None:
    cells = expand(spec)
    declared = spec.weights
    for weights in declared.values():
        if kind_of_weights(weights.source) == "bundle":
            bundle_folder(weights.source)
    named = {(declared[c.strategy].backbone if c.strategy in declared else c.backbone, c.size) for c in cells}
    for backbone, size in sorted((name, size) for name, size in named if name):
        with torch.device("meta"):  # the shapes alone, without memory for the weights
            build_network(backbone, outputs=0, size=size)
    strategies = [cell for cell in cells if cell.strategy not in spec.weights]
    for backbone in sorted({cell.backbone for cell in strategies if Strategy(cell.strategy).from_imagenet}):
        file = spec.imagenet_weights.get(backbone)
        if file is not None and not Path(file).is_file():
            raise ConfigError(
                f"imagenet_weights.{backbone}: there is no file {file}; name one with "
                f"--imagenet-weights {backbone}=FILE."
            )
