"""The learning curve of a fit, and the one rule by which an epoch is better than another."""

import csv
import io
import math
from collections.abc import Sequence
from pathlib import Path

from fundusfm.runs import write_atomic

COLUMNS = ("epoch", "train_loss", "val_loss", "val_auroc", "lr", "seconds")


def epoch_value(auroc: float, loss: float) -> float:
    """Returns what is compared between epochs: the larger, the better.

    Args:
        auroc: Mean AUROC of the validation part; NaN where no label has both classes there.
        loss: Its loss, which decides where there is no AUROC.
    """
    return -loss if math.isnan(auroc) else auroc


def best_epoch(history: Sequence[dict[str, float]]) -> int:
    """Returns the number of the best epoch, from 1; of equals the first."""
    best = max(history, key=lambda row: epoch_value(row["val_auroc"], row["val_loss"]))
    return int(best["epoch"])


def auroc_words(auroc: float) -> str:
    """Returns a validation AUROC for a line of the log, or why there is none."""
    return "no AUROC (one class only)" if math.isnan(auroc) else f"AUROC {auroc:.4f}"


def write_history(path: Path, history: Sequence[dict[str, float]], **constant: object) -> None:
    """Writes a learning curve as CSV, one row per epoch, with constant columns such as the fold in front."""
    text = io.StringIO()
    writer = csv.DictWriter(text, [*constant, *COLUMNS])
    writer.writeheader()
    writer.writerows(constant | row for row in history)
    write_atomic(path, text.getvalue())
