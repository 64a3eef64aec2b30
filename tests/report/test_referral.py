"""The referral rule in a report: one column per set, names in words, and few eyes said."""

import json
from pathlib import Path

from fundusfm.report.read import Run
from fundusfm.report.referral import referral_table


def _judged(value: float, positives: int) -> dict[str, object]:
    share = {"value": value, "low": value - 0.1, "high": value + 0.1}
    return {
        "goal": "specificity",
        "target": 0.8,
        "thresholds": {"D": 0.25, "G": 0.1},
        "specificity": share,
        "sensitivity": share,
        "per_label": {"D": share | {"positives": positives}},
    }


def test_every_set_has_a_column(tmp_path: Path) -> None:
    (tmp_path / "bundle").mkdir()
    (tmp_path / "bundle" / "card.json").write_text(json.dumps({"label_names": {"D": "Diabetic retinopathy"}}))
    metrics = {"cv": {}, "referral": {"cv": _judged(0.8, 100), "clinic": _judged(0.7, 7)}}
    (tmp_path / "metrics.json").write_text(json.dumps(metrics))
    table = referral_table(Run(tmp_path))
    assert table is not None
    assert table.head == ["Eyes", "Threshold", "cross-validation", "external: clinic"]
    rows = {row[0].text: row[1:] for row in table.rows}
    assert [cell.text for cell in rows["Normal, not referred"]] == ["–", "0.800", "0.700"]
    assert [cell.text for cell in rows["With Diabetic retinopathy (D), referred"]] == ["0.2500", "0.800", "0.700"]
    assert [cell.text for cell in rows["With G, referred"]] == ["0.1000", "–", "–"]
    assert table.notes == ["7 eyes only", "no such eye in this set"]


def test_a_run_without_a_rule_has_no_table(tmp_path: Path) -> None:
    (tmp_path / "metrics.json").write_text("{}")
    assert referral_table(Run(tmp_path)) is None
