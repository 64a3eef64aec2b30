"""The work of `fundusfm monitor`: charts, and a sentence for each period outside its limits, from audit logs."""

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from fundusfm.config.audit import MonitorConfig
from fundusfm.errors import AuditError, ConfigError
from fundusfm.models.listing import find_bundle
from fundusfm.models.weights_file import checked_hash
from fundusfm.report.page import Block, Gallery, Prose, Section, write_page
from fundusfm.report.panels import Panels
from fundusfm.report.style import POSITIVE
from fundusfm.report.tables import PageCell, PageTable, row_header
from fundusfm.report.text import number
from fundusfm.runs import RunFolder, open_run, plain, write_atomic
from fundusfm.screening.audit.verify import read_photographs
from fundusfm.screening.monitor.chart import ALARM, ChartPoint, baseline_periods, chart, expectations
from fundusfm.screening.monitor.figure import chart_figure
from fundusfm.screening.monitor.limits import FEWEST, Expected
from fundusfm.screening.monitor.measures import FAR_EXPECTED, WATCHED, Every, values_of

_SHOWN = 12


@dataclass(frozen=True)
class _Comparison:
    """What periods are compared with, and a sentence that says so.

    Attributes:
        expected: By what is watched.
        baseline: Periods of the logs that an expectation rests on, by what is watched.
        said: Where the expectations come from.
    """

    expected: dict[str, Expected]
    baseline: dict[str, list[str]]
    said: str


def run_monitor(config: MonitorConfig) -> pd.DataFrame:
    """Runs the command; see `fundusfm.commands` for results and errors."""
    if config.baseline < 1:
        raise ConfigError(f"--baseline {config.baseline}: expected 1 or more.", code="RANGE")
    values = _read([Path(log) for log in config.logs], config.every)
    if values.empty:
        raise AuditError(f"{', '.join(config.logs)} holds no photograph: there is nothing to watch.", code="MISSING")
    values, notes = _of_last_model(values)
    compared = _comparison(config, values)
    run = open_run(config.out, command="monitor", config=config, overwrite=config.overwrite)
    points = chart(values, compared.expected, baseline=compared.baseline, every=config.every)
    table = as_frame(points)
    _write(run, points, table, [compared.said, *notes], config.every)
    alarms = alarms_of(points)
    for sentence in alarms:
        print(sentence)
    periods = _counted(values["period"].nunique(), config.every)
    print(
        f"{compared.said} {_counted(len(values), 'photograph')} in {periods}, "
        f"{len(alarms)} outside the limits: {run.path / 'monitor.html'}",
        file=sys.stderr,
    )
    for note in notes:
        print(note, file=sys.stderr)
    return table


def alarms_of(points: Sequence[ChartPoint]) -> list[str]:
    """Returns what lies outside its limits, as sentences, by period."""
    return [point.sentence for point in sorted(points, key=lambda point: point.period) if point.sentence]


def as_frame(points: Sequence[ChartPoint]) -> pd.DataFrame:
    """Returns charts as a table: a row for each that is watched and each period."""
    return pd.DataFrame(
        [
            {
                "period": point.period,
                "watched": point.watched.name,
                "photographs": point.photographs,
                "value": point.value,
                "expected": point.expected,
                "low": point.low,
                "high": point.high,
                "verdict": point.verdict,
                "sentence": point.sentence,
            }
            for point in points
        ]
    )


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


def _read(logs: Sequence[Path], every: Every) -> pd.DataFrame:
    return values_of((line for log in logs for line in read_photographs(log)), every)


def _of_last_model(values: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """Keeps the photographs of the model that was used last: those of another one are no expectation for it."""
    last = str(values["weights"].iloc[-1])
    kept = values[values["weights"] == last].reset_index(drop=True)
    if len(kept) == len(values):
        return kept, []
    return kept, [
        f"{len(values) - len(kept)} photographs of other models are left out: only those of the last one "
        f"({last[:12]}, since {kept['period'].iloc[0]}) are compared."
    ]


def _comparison(config: MonitorConfig, values: pd.DataFrame) -> _Comparison:
    reference = config.reference
    if reference is not None and Path(reference).is_file():
        before = _read([Path(reference)], config.every)
        other = set(before["weights"]) - set(values["weights"])
        if other:
            raise ConfigError(
                f"--reference {reference} holds photographs of other weights ({min(other)[:12]}) than the logs "
                f"({values['weights'].iloc[0][:12]}): what one model refers says nothing about another."
            )
        return _Comparison(expectations(before), {}, f"Expected is what {Path(reference).name} holds.")
    periods = baseline_periods(values, config.baseline)
    expected = expectations(values[values["period"].isin(periods)])
    baseline = {watched.name: periods for watched in WATCHED}
    said = (
        f"Expected is the mean of the first {_counted(len(periods), config.every)} with {FEWEST} photographs or more "
        f"({periods[0]} to {periods[-1]})."
        if periods
        else f"Nothing is expected yet: that takes two {config.every}s with {FEWEST} photographs or more."
    )
    if reference is not None:
        _refuse_other_bundle(reference, str(values["weights"].iloc[0]))
        expected["far"] = Expected(FAR_EXPECTED, float("inf"))
        baseline["far"] = []
        said += (
            f" 1 % of the training photographs of {Path(reference).name} are farther away than what counts as unlike."
        )
    return _Comparison(expected, baseline, said)


def _refuse_other_bundle(reference: str, weights: str) -> None:
    found = checked_hash(find_bundle(reference))
    if found not in weights.split("+"):
        raise ConfigError(
            f"--reference {reference} holds other weights ({found[:12]}) than those of the logs ({weights[:12]}): give "
            "the bundle that was used."
        )


def _write(
    run: RunFolder, points: Sequence[ChartPoint], table: pd.DataFrame, notes: Sequence[str], every: Every
) -> None:
    picture = Panels(run.path).picture(
        chart_figure(points), "charts", None, alt="Charts over time.", caption=f"A point for each {every}."
    )
    alarms = alarms_of(points)
    first, last = points[0].period, points[-1].period
    last_periods = list(dict.fromkeys(point.period for point in points))[-_SHOWN:]
    blocks: list[Block] = [
        Prose(alarms, bullets=True) if alarms else Prose(["Every period that was judged lies within its limits."]),
        Prose(list(notes)),
    ]
    write_page(
        run.path / "monitor.html",
        title="Screening over time",
        subtitle=f"{first} to {last}" if first != last else first,
        sections=[
            Section("alarms", "Outside the limits", blocks),
            Section("charts", "Charts", [Gallery([picture], "wide")]),
            Section("numbers", "Numbers", [_number_table(points, last_periods)]),
        ],
    )
    write_atomic(run.path / "monitor.csv", table.to_csv(index=False, float_format="%.6g", lineterminator="\n"))
    document = {"every": every, "notes": list(notes), "alarms": alarms, "points": table.to_dict("records")}
    write_atomic(run.path / "monitor.json", json.dumps(plain(document), indent=2, allow_nan=False) + "\n")


def _number_table(points: Sequence[ChartPoint], periods: Sequence[str]) -> PageTable:
    """Returns the last periods as a table: a row for each, a column for each that is watched."""
    titles = dict.fromkeys(point.watched.title for point in points)
    table = PageTable(
        f"The last {len(periods)} periods; monitor.csv holds all of them. Below each value are its control limits, and "
        "a mark where it lies outside.",
        ["Period", *titles],
    )
    cells = {(point.period, point.watched.title): _cell(point) for point in points}
    for period in periods:
        table.rows.append([row_header(period), *(cells[period, title] for title in titles)])
    return table


def _cell(point: ChartPoint) -> PageCell:
    factor, digits, unit = (100, 1, " %") if point.watched.share else (1, 3, "")
    limits = f"{number(point.low * factor, digits)} to {number(point.high * factor, digits)}"
    outside = point.verdict == ALARM
    judged = limits if point.low == point.low else point.verdict
    return PageCell(
        number(point.value * factor, digits) + unit,
        f"outside {limits}" if outside else judged,
        colour=POSITIVE if outside else "",
    )
