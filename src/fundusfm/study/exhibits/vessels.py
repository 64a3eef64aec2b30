"""Vessels in a study: Table 4, Dice by strategy; Table 5, further metrics; Figure 4, Dice against fractions."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pandas as pd

from fundusfm.report import text
from fundusfm.report.style import Look, strategy_order
from fundusfm.report.tables import PageTable, row_header
from fundusfm.study.exhibits.curves import fraction_figures, label_saving_exhibit
from fundusfm.study.exhibits.exhibit import Exhibit
from fundusfm.study.exhibits.main_cells import main_cells
from fundusfm.study.exhibits.paired import dice_rows
from fundusfm.study.exhibits.row_facts import NOTHING, Facts, with_facts
from fundusfm.study.exhibits.strategies_table import DICE, KEYS, estimate_cell, one, signed, strategies_table
from fundusfm.study.matrix import Cell
from fundusfm.study.results import whole

_METRICS = {
    "dice": "Dice",
    "cldice": "clDice",
    "auroc": "AUROC",
    "auprc": "AUPRC",
    "mcc": "MCC",
    "sensitivity": "Sensitivity",
    "specificity": "Specificity",
}


def vessel_exhibits(cells: pd.DataFrame, runs: Mapping[Cell, Path], style: Mapping[str, Look]) -> Iterator[Exhibit]:
    """Yields the tables of every task of vessels, then the figure of fractions and what labels it saves.

    Args:
        cells: Results from `collect`, of vessel tasks only.
        runs: Cell to its finished run folder.
        style: Look of each strategy in the whole report.
    """
    rows = whole(cells, metric="dice")
    for task in dict.fromkeys(rows["task"]):
        main = main_cells(task, rows, runs, dice_rows)
        if main is None:
            continue
        yield strategies_table(
            task,
            main.rows,
            main.tests,
            label="vessels",
            reference=main.reference,
            style=style,
            measure=DICE,
            facts=main.facts,
        )
        yield _metrics_table(task, cells, main.rows, main.facts, style)
    yield from fraction_figures(rows, style, number="4", measure="Dice")
    saving = label_saving_exhibit(rows, id="label-saving-vessels", title="Labels saved, vessels")
    if saving:
        yield saving


def _metrics_table(
    task: str, cells: pd.DataFrame, shown: pd.DataFrame, facts: Facts, style: Mapping[str, Look]
) -> Exhibit:
    """All metrics of the cells that Table 4 shows, a row per set, strategy and method."""
    table = PageTable(
        "Means over photographs inside the field of view, 95 % interval from resampled patients; the threshold was "
        "chosen on the photographs learnt from.",
        ["Strategy", *_METRICS.values()],
    )
    by_metric = {metric: whole(cells, metric=metric) for metric in _METRICS}
    groups = shown[[*KEYS, "set"]].drop_duplicates().to_dict("records")
    groups.sort(key=lambda group: (group["set"], group["method"] == "FF", strategy_order(str(group["strategy"]))))
    for group in groups:
        strategy, name = str(group["strategy"]), str(group["set"])
        detail = f"{text.method_name(str(group['method']))}, {group['size']} px, {text.set_name(name)}"
        found = [
            one(rows[(rows["task"] == task) & (rows["fraction"] == 1)], group, name, "vessels")
            for rows in by_metric.values()
        ]
        sign = bool(facts.get((strategy, str(group["method"])), NOTHING).warning)
        header = row_header(signed(strategy, sign), detail, style[strategy].colour)
        table.rows.append([header, *(estimate_cell(cell, None) for cell in found)])
    numbers = pd.concat([rows.assign(metric=metric) for metric, rows in by_metric.items()], ignore_index=True)
    numbers = numbers[numbers["task"] == task]
    exhibit = Exhibit(f"table-5-{task}", f"Table 5. {text.capital(task)}: further metrics", numbers, table=table)
    return with_facts(exhibit, facts)
