"""One table in three formats: same cells, same types, empty where there is nothing."""

import json
from pathlib import Path

import pandas as pd
import pytest

from fundusfm.errors import ConfigError
from fundusfm.screening.results import as_table, check_out, read_table, write_table
from fundusfm.screening.screener import columns_of

_COLUMNS = columns_of(["abnormal"])
_ROWS = [
    {"image": "007", "status": "ok", "reason": "", "quality": 0.5, "abnormal.score": 0.25, "abnormal.probability": 0.5,
     "abnormal.decision": 1},
    {"image": "b, c.jpg", "status": "failed", "reason": 'says "no"', "quality": 0.0},
]  # fmt: skip


@pytest.mark.parametrize("suffix", [".csv", ".parquet", ".jsonl"])
def test_round_trip(tmp_path: Path, suffix: str) -> None:
    out = tmp_path / f"results{suffix}"
    write_table(out, as_table(_ROWS, _COLUMNS))
    assert list(read_table(out)["status"]) == ["ok", "failed"]
    if suffix == ".jsonl":
        rows = [json.loads(line) for line in out.read_text().splitlines()]
        assert rows == [{**dict.fromkeys(_COLUMNS), **row} for row in _ROWS]
        return
    found = pd.read_csv(out, dtype={"image": str}) if suffix == ".csv" else pd.read_parquet(out)
    assert list(found.columns) == _COLUMNS
    assert found["image"].tolist() == ["007", "b, c.jpg"]
    assert found["abnormal.decision"].isna().tolist() == [False, True]


def test_types_do_not_depend_on_the_content() -> None:
    assert as_table(_ROWS[1:], _COLUMNS).dtypes.equals(as_table(_ROWS, _COLUMNS).dtypes)
    assert as_table([], _COLUMNS).dtypes.equals(as_table(_ROWS, _COLUMNS).dtypes)


def test_other_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"should end in \.csv, \.parquet, \.jsonl"):
        check_out(tmp_path / "results.xlsx")
    (tmp_path / "x.csv").mkdir()
    with pytest.raises(ConfigError, match="is a folder; give the file"):
        check_out(tmp_path / "x.csv")
    (tmp_path / "other.csv").write_text("a,b\n1,2\n")
    with pytest.raises(ConfigError, match="is no table of results"):
        read_table(tmp_path / "other.csv")


def test_cells_that_a_spreadsheet_would_run_are_neutralised_on_request(tmp_path: Path) -> None:
    names = ["=1+1.jpg", "-b.jpg", "@c.jpg", "+d.jpg", "e=f.jpg"]
    table = as_table([{"image": name, "status": "ok"} for name in names], _COLUMNS)
    write_table(tmp_path / "as-it-is.csv", table)
    write_table(tmp_path / "safe.csv", table, spreadsheet_safe=True)
    assert pd.read_csv(tmp_path / "as-it-is.csv")["image"].tolist() == names
    assert pd.read_csv(tmp_path / "safe.csv")["image"].tolist() == [f"'{name}" for name in names[:4]] + names[4:]
    assert table["image"].tolist() == names


@pytest.mark.parametrize("suffix", [".csv", ".parquet", ".jsonl"])
def test_a_long_table_is_made_and_written_in_parts(tmp_path: Path, suffix: str) -> None:
    rows = [{"image": f"{number}.jpg", "status": "ok", "quality": number / 3000} for number in range(2500)]
    out = tmp_path / f"results{suffix}"
    write_table(out, as_table(iter(rows), _COLUMNS))
    found = read_table(out)
    assert found["image"].tolist() == [row["image"] for row in rows]
    assert found["quality"].tolist() == pytest.approx([row["quality"] for row in rows])
    assert found.dtypes.equals(as_table([], _COLUMNS).dtypes)
