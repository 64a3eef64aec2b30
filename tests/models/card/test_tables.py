"""A card's tables: values with intervals, doubts marked, absent values as dashes."""

from typing import Any

from fundusfm.models.card.referral import LabelSensitivity, ReferralRule
from fundusfm.models.card.schema import Card, OperatingPoint
from fundusfm.models.card.tables import (
    markdown_table,
    operating_point_table,
    referral_table,
    result_tables,
    subgroup_tables,
)


def _card(**changes: Any) -> Card:
    return Card(
        name="tiny",
        architecture="resnet50",
        strategy="fundus",
        size=64,
        mean=[0.5] * 3,
        std=[0.25] * 3,
        crop="fov-v1",
        labels=["abnormal"],
        **changes,
    )


def _cells(value: float | None, reason: str | None = None) -> dict[str, Any]:
    auroc = {"value": value, "low": value and value - 0.1, "high": value and value + 0.1}
    return {"n": {"value": 20.0, "low": 20.0, "high": 20.0}, "auroc": auroc | ({"reason": reason} if reason else {})}


def _lines(table: list[str]) -> list[list[str]]:
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table]


def test_folds_come_first_and_a_mean_over_one_label_is_left_out() -> None:
    folds = {
        "n": {"mean": 4.0, "total": 20.0, "low": 4.0, "high": 4.0},
        "auroc": {"mean": 0.8, "std": 0.1, "low": 0.7, "high": 0.9},
    }
    card = _card(
        metrics={
            "external": {"clinic": {"abnormal": _cells(0.5), "macro": _cells(0.5)}},
            "cv": {"abnormal": folds, "macro": {"auroc": folds["auroc"]}},
        }
    )
    (first, cv), (second, external) = result_tables(card)
    assert (first, second) == ("cross-validation, mean over folds", "external set clinic")
    assert _lines(cv)[0] == ["label", "n", "AUROC"]
    assert _lines(cv)[2:] == [["abnormal", "20", "0.800 (0.700 to 0.900)"]]
    assert _lines(external)[2:] == [["abnormal", "20", "0.500 (0.400 to 0.600)"]]


def test_a_mean_over_several_labels_is_shown() -> None:
    labels = {"D": _cells(0.5), "G": _cells(0.7), "macro": {"auroc": _cells(0.6)["auroc"]}}
    ((_, table),) = result_tables(_card(metrics={"external": {"clinic": labels}}))
    assert [line[0] for line in _lines(table)[2:]] == ["D", "G", "macro"]
    assert _lines(table)[-1][1] == ""


def test_doubts_and_absent_values_are_marked() -> None:
    groups = {"f": {"abnormal": _cells(0.5, "only 3 positive images")}, "m": {"abnormal": _cells(None, "no positive")}}
    ((title, table),) = subgroup_tables(_card(metrics={"subgroups": {"clinic": {"sex": groups}}}))
    assert title == "By sex, external set clinic"
    assert _lines(table)[2:] == [["f, abnormal", "20", "0.500 (0.400 to 0.600)\\*"], ["m, abnormal", "20", "–"]]


def test_a_card_without_results_has_no_tables() -> None:
    assert not list(result_tables(_card())) and not list(subgroup_tables(_card()))
    assert not operating_point_table(_card())
    assert not list(result_tables(_card(metrics={"upstream_validation": {"auroc": 0.9}})))


def test_operating_points() -> None:
    point = OperatingPoint(threshold=0.25, sensitivity=0.9, specificity=0.8)
    table = operating_point_table(_card(operating_points={"abnormal": {"youden": point}}))
    assert _lines(table)[2] == ["abnormal", "youden", "0.2500", "0.900", "0.800"]


def test_columns_line_up_as_plain_text() -> None:
    table = markdown_table(["a", "long name"], [["longer", "b"]])
    assert len({len(line) for line in table}) == 1


def test_a_label_that_nobody_measured_keeps_its_threshold() -> None:
    assert referral_table(_card()) == []
    sure = LabelSensitivity(value=0.9, low=0.85, high=0.94, positives=200)
    rule = ReferralRule(goal="specificity", target=0.8, thresholds={"abnormal": 0.5}, per_label={"abnormal": sure})
    assert _lines(referral_table(_card(referral=rule)))[2] == [
        "Any abnormality", "`abnormal`", "200", "0.900 (0.850 to 0.940)", "0.5000"
    ]  # fmt: skip
    rule = rule.model_copy(update={"per_label": {}})
    assert _lines(referral_table(_card(referral=rule)))[2][2:] == ["–", "–", "0.5000"]
