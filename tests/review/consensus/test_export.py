"""What a review leaves: labels that hold, every vote, and how readers and model agree."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import cohen_kappa_score
from tests.review.conftest import give

import fundusfm
from fundusfm.data.manifest.table import read_manifest
from fundusfm.errors import ConfigError
from fundusfm.review.desk import Desk


def _read(desk: Desk) -> None:
    """Two readers read everything: Bert is Anna but for photographs 1 and 2; Carla settles the first."""
    for number in range(1, 13):
        give(desk, number, "anna", number % 2, seconds=float(number))
        give(desk, number, "bert", number % 2 if number > 2 else 1 - number % 2)
    give(desk, 1, "carla", 1, adjudication=True, comment="clear")


def test_consensus_votes_and_figures(desk: Desk, tmp_path: Path) -> None:
    _read(desk)
    found = fundusfm.export_review(folder=str(tmp_path))
    table = found.consensus
    assert len(table) == 12 and list(table["abnormal"])[:4] == ["1", "", "1", "0"]
    assert list(table["abnormal.how"])[:3] == ["adjudicated", "open", "unanimous"]
    assert table["abnormal.votes"][0] == "anna=1; bert=0; carla (adjudication)=1"
    assert table["review.comments"][0] == "carla: clear"
    assert not [name for name in table if str(name).endswith(".probability")]
    manifest = read_manifest(str(tmp_path / "export" / "consensus.csv"))
    assert all(path.is_file() for path in manifest.image_paths())
    assert len(found.votes) == 25
    row = found.readers.query("label == 'abnormal'").iloc[0]
    first = np.arange(1, 13) % 2
    second = np.where(np.arange(1, 13) > 2, first, 1 - first)
    assert row["kappa"] == pytest.approx(cohen_kappa_score(first, second))
    assert row["kappa_low"] < row["kappa"] < row["kappa_high"] and row["photographs"] == 12
    assert np.isnan(found.readers.query("label == 'glaucoma'")["kappa"].iloc[0])
    against = found.model.query("label == 'abnormal'").set_index("against")
    assert set(against.index) == {"consensus", "anna", "bert"}
    assert against.loc["consensus", "photographs"] == 11
    assert 0 <= against.loc["anna", "auroc_low"] <= against.loc["anna", "auroc"] <= against.loc["anna", "auroc_high"]
    assert found.times.set_index("reader").loc["anna", "median"] == 6.5
    assert found.changes["photographs"].sum() == 12
    page = (tmp_path / "export" / "agreement.html").read_text()
    assert "The model against the readers" in page and "<script" not in page


def test_what_was_seen_before_is_no_agreement(desk: Desk, tmp_path: Path) -> None:
    give(desk, 3, "anna", 1)
    give(desk, 3, "anna", 0)
    give(desk, 3, "bert", 0)
    found = fundusfm.export_review(folder=str(tmp_path), out=str(tmp_path / "elsewhere"))
    assert found.changed_after == 1
    assert found.readers.query("label == 'abnormal'")["agreement"].iloc[0] == 0  # the reading before the scores
    assert found.consensus["abnormal"][2] == "0"  # the last word
    assert found.consensus["abnormal.how"][5] == "not read"
    assert pd.read_csv(found.path / "votes.csv")["kind"].tolist() == ["reading", "revision", "reading"]


def test_an_empty_review_is_refused(desk: Desk, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="Nobody has graded"):
        fundusfm.export_review(folder=str(tmp_path))
