"""Learning curves, and the rule that chooses an epoch."""

from pathlib import Path

import pytest

from fundusfm.training.fitting.history import auroc_words, best_epoch, epoch_value, write_history

NAN = float("nan")


@pytest.mark.parametrize(
    ("rows", "best"),
    [
        ([(0.7, 0.5), (0.9, 0.6), (0.8, 0.1)], 2),
        ([(0.9, 0.5), (0.9, 0.4)], 1),
        ([(NAN, 0.5), (NAN, 0.3), (NAN, 0.4)], 2),
    ],
    ids=["by AUROC", "the first of equals", "by loss where there is no AUROC"],
)
def test_best_epoch(rows: list[tuple[float, float]], best: int) -> None:
    history = [
        {"epoch": float(place), "val_auroc": auroc, "val_loss": loss} for place, (auroc, loss) in enumerate(rows, 1)
    ]
    assert best_epoch(history) == best


def test_a_missing_auroc_has_its_reason() -> None:
    assert auroc_words(0.75) == "AUROC 0.7500"
    assert auroc_words(NAN) == "no AUROC (one class only)"


def test_larger_is_better() -> None:
    assert epoch_value(0.8, 0.1) > epoch_value(0.7, 0.01)
    assert epoch_value(NAN, 0.1) > epoch_value(NAN, 0.2)


def test_history_is_written_with_its_fold(tmp_path: Path) -> None:
    row = {"epoch": 1, "train_loss": 0.5, "val_loss": 0.6, "val_auroc": 0.7, "lr": 0.1, "seconds": 2.0}
    write_history(tmp_path / "history.csv", [row], fold=3)
    assert (tmp_path / "history.csv").read_text().splitlines() == [
        "fold,epoch,train_loss,val_loss,val_auroc,lr,seconds",
        "3,1,0.5,0.6,0.7,0.1,2.0",
    ]
