"""What the limits of quality and refusal do on real photographs.

    python experiments/screening_limits.py DATA [BUNDLE STORE SELECTION]

DATA holds folders with a `manifest.csv` each, or with photographs. Prints per folder how many photographs would be
refused or be ungradable, and the quantiles of every measurement. Given a bundle and the store that it was trained on,
the reference of its training photographs is computed, and distances count too. Writes nothing.
"""

import sys
from collections import Counter
from dataclasses import asdict
from pathlib import Path

import cv2
import numpy as np
import pandas as pd

from fundusfm.data.inputs.find import find_sources
from fundusfm.data.manifest.select import select
from fundusfm.data.manifest.splits import patient_groups
from fundusfm.data.store.reader import open_store
from fundusfm.models.reference import Reference, fit_reference
from fundusfm.models.trainable import load_bundle
from fundusfm.screening.ensemble_member import EnsembleMember
from fundusfm.screening.gates.fundus import why_not_fundus
from fundusfm.screening.gates.quality import judge_quality
from fundusfm.screening.pipeline import read_and_prepare
from fundusfm.screening.prepare import Prepared
from fundusfm.training.linear.features import cached_features

_QUANTILES = (0.001, 0.01, 0.05, 0.5, 0.95, 0.99, 0.999)


def main(data: Path, bundle: str | None, store: str | None, selection: str | None) -> None:
    cv2.setNumThreads(1)
    member = None if bundle is None else EnsembleMember(bundle)
    reference = None if bundle is None or store is None else _reference(bundle, store, selection)
    sizes = [] if member is None else [member.size]
    measured = []
    for folder in sorted(path for path in data.rglob("*") if (path / "manifest.csv").exists() or path in _flat(data)):
        manifest = folder / "manifest.csv"
        rows, counts = [], Counter()
        batch: list[Prepared] = []
        for source in find_sources([str(manifest if manifest.exists() else folder)]):
            photograph = read_and_prepare(source, sizes)
            if isinstance(photograph, Prepared):
                batch.append(photograph)
            else:
                counts[f"failed: {photograph.reason}"] += 1
        distances: list[float | None] = [None] * len(batch)
        if member is not None and reference is not None:
            distances = []
            for first in range(0, len(batch), 32):
                squares = [photograph.squares[member.size] for photograph in batch[first : first + 32]]
                distances += _distances(member, reference, squares)
        for photograph, distance in zip(batch, distances, strict=True):
            refusal = why_not_fundus(photograph.evidence, distance)
            quality = judge_quality(photograph.evidence)
            counts[refusal or (f"ungradable: {quality.reason}" if quality.reason else "ok")] += 1
            rows.append({**asdict(photograph.evidence), "quality": quality.value, "distance": distance})
        measured.append(pd.DataFrame(rows))
        print(f"\n{folder.name}: {len(batch)} photographs", flush=True)
        for outcome, count in counts.most_common():
            print(f"  {count:6} {count / max(len(batch), 1):8.3%}  {outcome}", flush=True)
    table = pd.concat(measured).drop(columns="circle").astype(float).dropna(axis=1, how="all")
    print("\nall", table.quantile(_QUANTILES).round(4).to_string(), sep="\n")


def _flat(data: Path) -> list[Path]:
    """Returns the folders directly in `data` whose files are photographs."""
    return [path for path in data.iterdir() if path.is_dir() and any(file.suffix == ".jpg" for file in path.iterdir())]


def _reference(bundle: str, store: str, selection: str | None) -> Reference | None:
    opened = open_store(store)
    rows = np.ones(len(opened), bool) if selection is None else select(opened.frame, selection, where=store)
    features = cached_features(load_bundle(bundle), opened)[rows]
    return fit_reference(features, patient_groups(opened.frame[rows]), seed=0)


def _distances(member: EnsembleMember, reference: Reference, squares: list[np.ndarray]) -> list[float]:
    member.reference = reference
    found = member.score(squares, tta=False).distances
    assert found is not None
    return [float(value) for value in found]


if __name__ == "__main__":
    arguments = [*sys.argv[1:], None, None, None]
    main(Path(arguments[0]), arguments[1], arguments[2], arguments[3])
