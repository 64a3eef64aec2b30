"""Agreement of readers and model, against scikit-learn."""

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score, recall_score, roc_auc_score

from fundusfm.review.consensus.agreement import blind_readings, change_table, model_table, reader_table, time_table
from fundusfm.review.consensus.votes import opinions
from fundusfm.review.queue import Listed
from fundusfm.review.record import Grade, ReviewPhotograph

_COUNT = 60


def _photographs() -> dict[int, ReviewPhotograph]:
    rng = np.random.default_rng(0)
    return {
        number: ReviewPhotograph(
            number,
            Listed(f"{number}.png", "", f"person {number // 2}", "", "doubtful" if number % 3 else "control",
                   {"abnormal": number % 2}, {"abnormal": float(rng.random())}, {}, {}),
        )
        for number in range(_COUNT)
    }  # fmt: skip


def _grades(reader: str, errors: int, first: int) -> list[Grade]:
    return [
        Grade(first + number, number, reader, "reading", {"abnormal": (number + (number < errors)) % 2}, "good", "",
              float(number), "", False)
        for number in range(_COUNT)
    ]  # fmt: skip


def test_readers_and_model() -> None:
    photographs = _photographs()
    grades = [*_grades("anna", 0, 1), *_grades("bert", 6, 100)]
    readings, said = blind_readings(grades), opinions(grades)
    truth = np.arange(_COUNT) % 2
    other = np.where(np.arange(_COUNT) < 6, 1 - truth, truth)
    row = reader_table(readings, photographs, ["abnormal"], seed=0).iloc[0]
    assert row["kappa"] == pytest.approx(cohen_kappa_score(truth, other))
    assert row["kappa_low"] < row["kappa"] < row["kappa_high"] and row["agreement"] == 0.9

    model = model_table(readings, said, photographs, ["abnormal"], seed=0).set_index("against")
    score = np.array([photographs[number].listed.scores["abnormal"] for number in range(_COUNT)])
    assert model.loc["anna", "auroc"] == pytest.approx(roc_auc_score(truth, score))
    assert model.loc["bert", "sensitivity"] == pytest.approx(recall_score(other, score >= 0.5))
    assert model.loc["bert", "specificity"] == pytest.approx(recall_score(other, score >= 0.5, pos_label=0))
    assert model.loc["consensus", "photographs"] == _COUNT - 6  # where the two differ nothing holds
    assert (model["auroc_low"] < model["auroc"]).all() and (model["sensitivity_high"] > model["sensitivity"]).all()


def test_changes_and_times() -> None:
    grades = _grades("bert", 6, 1)
    table = change_table(opinions(grades), _photographs(), ["abnormal"]).set_index("reason")
    assert table["changed"].to_dict() == {"control": 2, "doubtful": 4}
    assert (table["low"] < table["share"]).all() and (table["share"] < table["high"]).all()
    times = time_table(grades).iloc[0]
    assert times["median"] == np.median(np.arange(_COUNT)) and times["minutes"] == pytest.approx(
        sum(range(_COUNT)) / 60
    )
