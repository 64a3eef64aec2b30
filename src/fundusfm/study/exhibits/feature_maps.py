"""Figure 3: the features of each strategy's backbone on the plane, coloured by disease."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from numpy.typing import NDArray

from fundusfm.data.manifest.labels import Task, read_targets
from fundusfm.data.manifest.splits import patient_groups
from fundusfm.data.store.reader import Store
from fundusfm.explain.maps import scatter_groups
from fundusfm.explain.separation import separation
from fundusfm.explain.tsne import tsne_map
from fundusfm.models.resolve import resolve_weights, without_head
from fundusfm.report import text
from fundusfm.report.style import INK, TEXT_SIZE, label
from fundusfm.report.tables import PageCell, PageTable, row_header
from fundusfm.study.exhibits.exhibit import Exhibit
from fundusfm.training.linear.features import cached_features


def feature_maps(
    store: Store,
    rows: NDArray[np.int64],
    bundles: Mapping[str, Path],
    labels: Sequence[str],
    task: Task,
    *,
    points: int,
    seed: int,
) -> Exhibit:
    """Draws one t-SNE map per strategy, all of the same photographs.

    Args:
        store: The task's store.
        rows: Rows of the store that belong to the task.
        bundles: Strategy to its pretrained bundle.
        labels: The task's labels.
        task: Kind of task.
        points: Most photographs drawn; those with exactly one positive label.
        seed: Random seed of the choice of photographs and of the maps.
    """
    frame = store.frame.iloc[rows]
    diseases = disease_of(frame, labels, task, where=str(store.path))
    known = np.flatnonzero(diseases != "")
    kept = np.sort(np.random.default_rng(seed).permutation(known)[:points])
    shown = pd.Series(diseases[kept], name="disease")
    figure = Figure(figsize=(3.3 * len(bundles) + 1.2, 3.6), layout="constrained")
    panels = figure.subplots(1, len(bundles), squeeze=False)[0]
    table = PageTable(
        "How far the diseases stand apart in all dimensions: silhouette (−1 to 1), and the accuracy of the five "
        "nearest neighbours among other patients (0 to 1; balanced: mean over diseases).",
        ["Strategy", "Silhouette", "kNN accuracy", "kNN balanced accuracy"],
    )
    numbers = []
    for axes, (strategy, path) in zip(panels, bundles.items(), strict=True):
        bundle = without_head(resolve_weights(str(path), size=store.header.size))
        features = cached_features(bundle, store)[rows][kept]
        places = tsne_map(features, seed=seed)
        scatter_groups(axes, places, shown, size=5)
        label(axes, title=strategy)
        axes.set_xticks([])
        axes.set_yticks([])
        axes.spines[:].set_visible(False)
        groups = patient_groups(frame)[kept]
        measured = separation(features, shown.to_numpy(object), groups, seed=seed)
        keys = ("silhouette", "knn_accuracy", "knn_balanced_accuracy")
        table.rows.append([row_header(strategy), *(PageCell(text.number(measured[key])) for key in keys)])
        numbers.append({"strategy": strategy} | measured)
    handles, names = panels[0].get_legend_handles_labels()
    figure.legend(
        handles, names, loc="outside right center", frameon=False, fontsize=TEXT_SIZE, labelcolor=INK, markerscale=2.5
    )
    return Exhibit(
        "figure-3-tsne",
        "Figure 3. Features by disease (t-SNE)",
        pd.DataFrame(numbers),
        figure=figure,
        table=table,
        alt="Maps of features by disease, one per strategy.",
    )


def disease_of(frame: pd.DataFrame, labels: Sequence[str], task: Task, *, where: str) -> NDArray[np.object_]:
    """Returns the one positive label of each row, empty where there is none, several, or one unknown."""
    targets = read_targets(frame, labels, task=task, where=where)
    values = targets.values
    if values.shape[1] == 1:
        name = targets.labels[0]
        names = np.array(["normal" if name == "abnormal" else f"no {name}", name, ""], dtype=object)
        return np.asarray(names[np.where(np.isnan(values[:, 0]), 2, np.nan_to_num(values[:, 0])).astype(int)])
    single = ~np.isnan(values).any(axis=1) & (np.nan_to_num(values).sum(axis=1) == 1)
    best = np.array([*targets.labels, ""], dtype=object)
    return np.asarray(best[np.where(single, np.nan_to_num(values).argmax(axis=1), -1)])
