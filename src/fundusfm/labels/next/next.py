"""The work of `fundusfm data next`."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from fundusfm.config.data import NextConfig
from fundusfm.data.store.format import ADDED
from fundusfm.errors import ConfigError
from fundusfm.evaluation.weighted import Array
from fundusfm.labels.next.choose import choose, uncertainty
from fundusfm.labels.next.curve import LearningCurve, learning_curve
from fundusfm.labels.next.material import LabelMaterial, read_material
from fundusfm.models.inference import scores_from_logits
from fundusfm.runs import exclusive_lock, plain, write_atomic
from fundusfm.training.linear.linear_head import fit_head


@dataclass(frozen=True)
class NextPhotographs:
    """The photographs to label next.

    Attributes:
        path: The manifest that was written.
        table: Its rows, patients of the most uncertain kinds first.
        curve: The learning curve so far; None where no photograph has a label.
    """

    path: Path
    table: pd.DataFrame
    curve: LearningCurve | None


def run_next(config: NextConfig) -> NextPhotographs:
    """Runs the command; see `fundusfm.commands` for results and errors."""
    out = Path(config.out)
    if config.n < 1:
        raise ConfigError(f"--n is {config.n}; it must be at least 1.", code="RANGE")
    if out.suffix.lower() != ".csv":
        raise ConfigError(f"--out {out} should end in .csv.")
    if out.exists() and not config.overwrite:
        raise ConfigError(f"{out} exists: give another --out, or --overwrite.")
    material = read_material(config)
    out.parent.mkdir(parents=True, exist_ok=True)
    with exclusive_lock(out, command="data next"):
        doubt, scores = _doubt(material, seed=config.seed)
        chosen = choose(material.pool_features, doubt, material.pool_groups, config.n, seed=config.seed)
        found = NextPhotographs(out, _table(material, chosen, doubt, scores), _curve(config, material))
        write_atomic(out, found.table.to_csv(index=False, lineterminator="\n", float_format="%.4f"))
        curve = None if found.curve is None else asdict(found.curve)
        write_atomic(out.with_suffix(".json"), json.dumps(plain({"curve": curve}), indent=2) + "\n")
    for line in _summary(found, len(material.pool), config.n):
        print(line)
    return found


def _doubt(material: LabelMaterial, *, seed: int) -> tuple[Array, dict[str, Array]]:
    """Returns the uncertainty of each photograph of the pool, and the scores behind it by label."""
    targets = material.targets
    if targets is None or not len(targets.values):
        return np.ones(len(material.pool)), {}
    head = fit_head(material.features, targets.values, material.groups, task=targets.task, seed=seed)
    logits = np.asarray(head.logits(material.pool_features), np.float64)
    scores = scores_from_logits(logits.astype(np.float32), targets.task)
    return (
        uncertainty(logits, multiclass=targets.task == "multiclass"),
        {label: scores[:, place].astype(np.float64) for place, label in enumerate(targets.labels)},
    )


def _table(material: LabelMaterial, chosen: list[np.ndarray], doubt: Array, scores: dict[str, Array]) -> pd.DataFrame:
    rows = np.concatenate(chosen)
    frame = material.pool.frame.iloc[rows]
    table = frame[[name for name in frame if name not in ADDED]].reset_index(drop=True)
    table.insert(0, "rank", np.repeat(np.arange(1, len(chosen) + 1), [len(part) for part in chosen]))
    table["image"] = frame["source"].to_numpy()
    if scores:
        table["uncertainty"] = doubt[rows]
    for label, values in scores.items():
        table[f"{label}.probability"] = values[rows]
    return table


def _curve(config: NextConfig, material: LabelMaterial) -> LearningCurve | None:
    if material.targets is None or not len(material.targets.values):
        return None
    return learning_curve(material.features, material.targets, material.groups, more=config.n, seed=config.seed)


def _summary(found: NextPhotographs, pool: int, asked: int) -> list[str]:
    patients = found.table["rank"].nunique()
    lines = [f"{len(found.table)} of {pool} photographs, of {patients} patients: {found.path}"]
    if pool < asked:
        lines.append(f"{asked} were asked for, and only {pool} are without a label: all of them are listed.")
    curve = found.curve
    if curve is None:
        return [*lines, "No photograph has a label yet: chosen by diversity alone, and there is no learning curve."]
    lines += [
        f"{point.photographs:5.0f} photographs: AUROC {point.auroc.value:.3f} "
        f"({point.auroc.low:.3f} to {point.auroc.high:.3f})"
        for point in curve.points
    ]
    if curve.gain is None:
        return [*lines, f"What {curve.more} more would bring cannot be told: {curve.refusal}."]
    gain = curve.gain
    return [
        *lines,
        f"{curve.more} more, drawn at random, are expected to bring {gain.value:+.4f} "
        f"({gain.low:+.4f} to {gain.high:+.4f}).",
    ]
