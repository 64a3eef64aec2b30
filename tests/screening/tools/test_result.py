"""Rows of a results table as other tools take them."""

from pathlib import Path

import pandas as pd
import pytest

from fundusfm.errors import ConfigError
from fundusfm.screening.tools.result import LabelSaid, label_names, result_rows


def _table(**cells: list[object]) -> pd.DataFrame:
    return pd.DataFrame({"image": ["a.jpg"], "status": ["ok"], "amd.probability": [0.25], **cells})


@pytest.fixture(autouse=True)
def _photograph(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(b"")


def test_a_row_says_what_the_table_says(tmp_path: Path) -> None:
    table = _table(
        refer=["yes"], why=["amd"], quality=[0.5], model=["light"], weights_sha256=["ab" * 32],
        **{"amd.decision": [1], "amd.uncertain": [0]},
    )  # fmt: skip
    (row,), left_out = result_rows(table, [tmp_path / "none", tmp_path])
    assert (row.name, row.path, row.verdict, row.why, row.quality) == (
        "a.jpg", (tmp_path / "a.jpg").resolve(), "refer", "amd", 0.5,
    )  # fmt: skip
    assert row.labels == {"amd": LabelSaid(0.25, True, False)}
    assert row.model == "light abababababab"
    assert not left_out


@pytest.mark.parametrize(
    ("status", "verdict"), [("ok", ""), ("ungradable", "take again"), ("not_fundus", "no fundus photograph")]
)
def test_without_a_referral_rule_the_status_says_it(tmp_path: Path, status: str, verdict: str) -> None:
    table = _table(refer=[None]).assign(status=status)
    if status != "ok":
        table["amd.probability"] = None
    (row,), _ = result_rows(table, [tmp_path / "none", tmp_path])
    assert row.verdict == verdict
    assert row.labels == ({"amd": LabelSaid(0.25, None, False)} if status == "ok" else {})


def test_what_is_no_file_of_its_own_is_left_out(tmp_path: Path) -> None:
    table = pd.concat([_table(), _table(image=["a.jpg#2"]), _table(image=["photos.zip/b.jpg"])])
    rows, left_out = result_rows(table, [tmp_path / "none", tmp_path])
    assert len(rows) == 1
    assert left_out == ["a.jpg#2", "photos.zip/b.jpg"]


def test_a_table_of_persons_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no column image"):
        result_rows(_table().drop(columns="image"), [tmp_path])
    assert label_names(_table()) == ["amd"]
