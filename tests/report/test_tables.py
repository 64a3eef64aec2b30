"""Cells, footnotes and emphasis of tables."""

from fundusfm.models.card.results import NAN, Estimate
from fundusfm.report.tables import PageCell, PageTable, flat, mark_best, row_header, words


def cells(count: int) -> list[PageCell]:
    return [PageCell("") for _ in range(count)]


def test_best_is_marked_and_overlap_is_said() -> None:
    row = cells(3)
    mark_best(
        row,
        [
            Estimate(0.9, 0.85, 0.95),
            Estimate(0.8, 0.7, 0.86),
            Estimate(0.6, 0.5, 0.7),
        ],
    )
    assert [(cell.best, cell.tied) for cell in row] == [(True, False), (False, True), (False, False)]


def test_less_is_better_for_errors() -> None:
    row = cells(2)
    mark_best(row, [Estimate(0.2, 0.1, 0.3), Estimate(0.05, 0.04, 0.06)], lower=True)
    assert [cell.best for cell in row] == [False, True]


def test_nothing_is_best_alone_or_without_a_value() -> None:
    row = cells(3)
    mark_best(row, [Estimate(NAN), Estimate(0.7, 0.6, 0.8), None])
    assert not any(cell.best or cell.tied for cell in row)


def test_equal_reasons_share_a_footnote() -> None:
    table = PageTable("", [])
    reasons = ("no positive", "no negative", "no positive")
    found = [table.measured(Estimate(NAN, reason=reason)) for reason in reasons]
    assert [cell.text for cell in found] == ["–", "–", "–"]
    assert [cell.note for cell in found] == [1, 2, 1]
    assert table.notes == ["no positive", "no negative"]


def test_counts_are_totals_over_folds() -> None:
    cell = PageTable("", []).measured(Estimate(240.0, std=1.0, folds=(240.0,), total=1200.0), "n")
    assert (cell.text, cell.detail) == ("1 200", "")


def test_flat_names_nested_results() -> None:
    assert flat({"a": {"b": 1, "c": {"d": 2}}, "e": 3}) == {"a · b": 1, "a · c · d": 2, "e": 3}


def test_wide_table_is_shown_in_parts() -> None:
    head = ["Label", "Set", *(f"metric {number}" for number in range(10))]
    table = PageTable("Metrics.", head, [[row_header("a"), words("cv"), *cells(10)]], notes=["why"], legend="how")
    parts = table.parts()
    assert [part.head for part in parts] == [[*head[:2], *head[2:7]], [*head[:2], *head[7:]]]
    assert [len(row) for part in parts for row in part.rows] == [7, 7]
    assert [part.caption for part in parts] == ["Metrics.", "Metrics. (continued)"]
    assert [part.notes for part in parts] == [[], ["why"]]
    assert parts[1].legend == "how"


def test_cell_over_all_columns_is_in_every_part() -> None:
    head = ["Strategy", *(f"metric {number}" for number in range(12))]
    table = PageTable("", head, [[row_header("a"), *cells(12)], [row_header("b"), PageCell("not run", span=12)]])
    assert [[cell.span for cell in part.rows[1]] for part in table.parts()] == [[1, 6], [1, 6]]


def test_narrow_table_is_one_part() -> None:
    table = PageTable("", ["Label", "n"], [[row_header("a"), PageCell("1")]])
    assert table.parts() == [table]
