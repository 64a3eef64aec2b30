"""The learning curve of a run as a figure."""

from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure


def write_learning_curve(run: Path) -> Path:
    """Draws losses and validation AUROC per epoch from `history.csv` and returns the PNG's path."""
    history = pd.read_csv(run / "history.csv")
    figure = Figure(figsize=(9, 3.6), layout="constrained")
    losses, auroc = figure.subplots(1, 2)
    losses.plot(history["epoch"], history["train_loss"], marker="o", color="#0072B2", label="training")
    losses.plot(history["epoch"], history["val_loss"], marker="o", color="#D55E00", label="validation")
    losses.set(xlabel="epoch", ylabel="loss")
    losses.legend(frameon=False)
    auroc.plot(history["epoch"], history["val_auroc"], marker="o", color="#D55E00")
    if history["val_auroc"].notna().any():
        best = history.iloc[int(history["val_auroc"].argmax())]
        auroc.annotate(
            f"best {best['val_auroc']:.3f}",
            (best["epoch"], best["val_auroc"]),
            xytext=(0, 8),
            textcoords="offset points",
            ha="center",
        )
    auroc.set(xlabel="epoch", ylabel="validation AUROC (mean over labels)")
    auroc.margins(y=0.2)
    for axes in (losses, auroc):
        axes.spines[["top", "right"]].set_visible(False)
        axes.xaxis.get_major_locator().set_params(integer=True)
    path = run / "learning_curve.png"
    figure.savefig(path, dpi=150)
    return path
