"""Tables as LaTeX: columns of their own for interval, difference and p, notes below, parts of a page's width."""

from fundusfm.report.tables import INTERVAL, PageCell, PageTable, row_header
from fundusfm.study.exhibits.latex import latex


def _cell(number: int) -> PageCell:
    columns = {INTERVAL: "[−0.2, 0.0]", "Δ": "+0.1", "p": "≤ 0.002"}
    return PageCell(f"−0.{number}", "[−0.2, 0.0]; Δ +0.1, p ≤ 0.002", columns=columns)


def test_value_interval_difference_and_p_have_columns_without_unicode() -> None:
    table = PageTable("AUROC of a_b: mean ± SD", ["Network", "cross-validation"], legend="p < 0.05")
    best = _cell(1)
    best.best, best.note = True, table.note("only 50 % of labels")
    table.rows = [
        [row_header("mine_1", "FF, 50 %"), best],
        [row_header("theirs", "FF"), PageCell("−0.3", "[−0.4, 0.0]", columns={INTERVAL: "[−0.4, 0.0]"})],
    ]
    assert latex(table, name="x").splitlines() == [
        r"\begin{table}",
        r"\centering",
        r"\caption{AUROC of a\_b: mean $\pm$ SD}",
        r"\label{tab:x}",
        r"\begin{tabular}{llrrrr}",
        r"\toprule",
        r"Network &  & \multicolumn{4}{c}{cross-validation} \\",
        r"\cmidrule(lr){3-6}",
        r" &  & Value & 95 \% interval & $\Delta$ & p \\",
        r"\midrule",
        r"mine\_1 & FF, 50 \% & \textbf{$-$0.1}\textsuperscript{1} & [$-$0.2, 0.0] & +0.1 & $\le$ 0.002 \\",
        r"theirs & FF & $-$0.3 & [$-$0.4, 0.0] &  &  \\",
        r"\bottomrule",
        r"\end{tabular}",
        r"\par\smallskip",
        r"\begin{minipage}{\linewidth}\footnotesize\raggedright",
        r"\textsuperscript{1} only 50 \% of labels\\",
        r"p $<$ 0.05",
        r"\end{minipage}",
        r"\end{table}",
    ]


def test_plain_columns_stay_as_they_are() -> None:
    table = PageTable("Costs.", ["Job", "Time"], [[row_header("prepare"), PageCell("8 s")]])
    lines = latex(table, name="costs").splitlines()
    assert r"\begin{tabular}{lr}" in lines and r"prepare & 8 s \\" in lines and r"\cmidrule" not in "".join(lines)


def test_a_wide_table_comes_in_parts_that_each_name_their_rows_and_notes() -> None:
    table = PageTable("Metrics.", ["Network", *"abcdef"])
    table.rows = [[row_header("mine"), *map(_cell, range(6))]]
    table.rows[0][1].note = table.note("few patients")
    found = latex(table, name="metrics")
    assert found.count(r"\begin{table}") == 3 and r"\label{tab:metrics-2}" in found
    assert found.count("mine &") == 3 and "(continued)" in found
    assert found.count("few patients") == 1  # below the part that refers to it
    assert max(line.count("&") for line in found.splitlines()) <= 9
