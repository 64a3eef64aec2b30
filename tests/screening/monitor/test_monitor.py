import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from matplotlib.figure import Figure
from tests.chromium import CONTRAST, NEEDS_CHROMIUM

import fundusfm
from fundusfm.cli import main
from fundusfm.errors import AuditError, ConfigError
from fundusfm.models.listing import find_bundle
from fundusfm.models.weights_file import checked_hash
from fundusfm.screening.audit import log as log_module
from fundusfm.screening.audit.log import AuditLog
from fundusfm.screening.monitor import monitor as monitor_module

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Writes a log of weeks from 2026-W27 on, each with a number of photographs and a share that is referred."""
    entry = log_module._entry

    def make(*weeks: tuple[int, float], name: str = "audit.jsonl", weights: str = "ab", first: int = 0) -> Path:
        for number, (size, share) in enumerate(weeks, start=first):
            time = {"time": (datetime(2026, 6, 29, 9, tzinfo=UTC) + timedelta(weeks=number)).isoformat()}
            with monkeypatch.context() as patch:
                patch.setattr(log_module, "_entry", lambda event, content, time=time: entry(event, content) | time)
                writer = AuditLog(tmp_path / name, how="serve", model="tiny", weights=weights)
                writer.add([_record("yes" if place < share * size else "no") for place in range(size)])
        return tmp_path / name

    return make


@pytest.fixture
def no_charts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Draws nothing, which takes most of the time."""
    monkeypatch.setattr(monitor_module, "chart_figure", lambda points: Figure(figsize=(1, 1)))


def _record(refer: str) -> dict[str, Any]:
    return {"status": "ok", "quality": 0.8, "refer": refer, "decisions": {}, "distance": 0.5}


def _verdicts(table: pd.DataFrame) -> dict[str, str]:
    return dict(table[table["watched"] == "referred"][["period", "verdict"]].itertuples(index=False))


def test_the_first_weeks_are_expected_and_the_command_says_what_is_not(
    write: Write, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log, out = write((100, 0.1), (100, 0.1), (7, 0.5), (100, 0.12), (100, 0.5)), tmp_path / "out"
    assert main(["monitor", str(log), "--baseline", "2", "--out", str(out)]) == 3
    said = capsys.readouterr()
    assert said.out.startswith("week 2026-W31: 50.0 % referred, 10.0 % expected, limits ")
    assert len(said.out.splitlines()) == 1 and "2026-W27 to 2026-W28" in said.err
    table = pd.read_csv(out / "monitor.csv")
    assert _verdicts(table) == {"2026-W27": "baseline", "2026-W28": "baseline", "2026-W29": "too few (7)",
                                "2026-W30": "inside", "2026-W31": "alarm"}  # fmt: skip
    document = json.loads((out / "monitor.json").read_text())
    assert document["alarms"] == [said.out.strip()] and document["every"] == "week"
    assert "50.0 % referred" in (out / "monitor.html").read_text()
    assert {"charts.png", "charts.svg"} <= {path.name for path in out.iterdir()}


@pytest.mark.usefixtures("no_charts")
def test_a_quiet_log_ends_with_zero(write: Write, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = write(*[(60, 0.1)] * 3)
    assert main(["monitor", str(log), "--out", str(tmp_path / "out")]) == 0
    said = capsys.readouterr()
    assert said.out == "" and "180 photographs in 3 weeks, 0 outside" in said.err


@pytest.mark.usefixtures("no_charts")
def test_one_week_is_no_weeks_and_a_folder_in_use_has_no_resume(
    write: Write, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log, out = write((60, 0.1)), str(tmp_path / "out")
    assert main(["monitor", str(log), "--out", out]) == 0
    assert "60 photographs in 1 week, 0 outside" in capsys.readouterr().err
    assert main(["monitor", str(log), "--out", out]) == 2
    assert "give another --out, or --overwrite" in capsys.readouterr().err


@pytest.mark.usefixtures("no_charts")
def test_another_log_says_what_is_expected(write: Write, tmp_path: Path) -> None:
    reference = write((200, 0.5), name="before.jsonl")
    log = write((100, 0.1), (100, 0.5))
    table = fundusfm.monitor(logs=[str(log)], reference=str(reference), out=str(tmp_path / "out"))
    assert _verdicts(table) == {"2026-W27": "alarm", "2026-W28": "inside"}
    other = write((100, 0.5), name="other.jsonl", weights="cd")
    with pytest.raises(ConfigError, match="other weights"):
        fundusfm.monitor(logs=[str(log)], reference=str(other), out=str(tmp_path / "out2"))


@pytest.mark.usefixtures("no_charts")
def test_a_bundle_says_how_many_are_far(write: Write, tmp_path: Path) -> None:
    log = write((100, 0.1), (100, 0.1), weights=checked_hash(find_bundle("light")))
    table = fundusfm.monitor(logs=[str(log)], reference="light", out=str(tmp_path / "out"))
    far = table[table["watched"] == "far"]
    assert (far["expected"] == 0.01).all() and (far["verdict"] == "inside").all()
    assert _verdicts(table)["2026-W27"] == "baseline"
    other = write((100, 0.1), name="other.jsonl")
    with pytest.raises(ConfigError, match="other weights"):
        fundusfm.monitor(logs=[str(other)], reference="light", out=str(tmp_path / "out2"))


@pytest.mark.usefixtures("no_charts")
def test_photographs_of_a_model_before_are_left_out_and_it_is_said(
    write: Write, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = write((100, 0.9), (100, 0.9))
    write((100, 0.1), (100, 0.1), weights="cd", first=2)
    table = fundusfm.monitor(logs=[str(log)], out=str(tmp_path / "out"))
    assert list(_verdicts(table)) == ["2026-W29", "2026-W30"]
    assert "200 photographs of other models are left out" in capsys.readouterr().err


@pytest.mark.usefixtures("no_charts")
def test_months_and_days(write: Write, tmp_path: Path) -> None:
    log = write(*[(60, 0.1)] * 6)
    months = fundusfm.monitor(logs=[str(log)], every="month", out=str(tmp_path / "months"))
    assert set(months["period"]) == {"2026-06", "2026-07", "2026-08"}
    days = fundusfm.monitor(logs=[str(log)], every="day", out=str(tmp_path / "days"))
    assert days["period"].nunique() == 6


def test_a_changed_or_missing_log_is_refused(write: Write, tmp_path: Path) -> None:
    log = write((60, 0.1), (60, 0.1))
    changed = tmp_path / "changed.jsonl"
    changed.write_bytes(log.read_bytes().replace(b'"refer":"yes"', b'"refer":"no"', 1))
    with pytest.raises(AuditError, match="was changed"):
        fundusfm.monitor(logs=[str(changed)], out=str(tmp_path / "out"))
    with pytest.raises(AuditError, match="cannot be read"):
        fundusfm.monitor(logs=[str(tmp_path / "none.jsonl")], out=str(tmp_path / "out"))
    with pytest.raises(ConfigError, match="baseline"):
        fundusfm.monitor(logs=[str(log)], baseline=0, out=str(tmp_path / "out"))
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("mark", [pytest.param("", marks=NEEDS_CHROMIUM)])
def test_the_page_fits_a_telephone(browser: Any, write: Write, tmp_path: Path, mark: str) -> None:
    log = write((100, 0.1), (100, 0.1), (100, 0.6))
    fundusfm.monitor(logs=[str(log)], out=str(tmp_path / "out"))
    page = browser.new_page(viewport={"width": 360, "height": 900})
    page.goto((tmp_path / "out" / "monitor.html").as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert page.evaluate(CONTRAST) == []
    page.close()
