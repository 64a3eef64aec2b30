"""The journal as a table, for people and as a data frame."""

from pathlib import Path

import pytest

import fundusfm
from fundusfm.cli import main
from fundusfm.errors import ConfigError
from fundusfm.listen.journal import StudyJournal
from fundusfm.listen.spool import Spool


def test_the_journal_is_printed_while_the_service_runs(
    journal: StudyJournal, spool: Spool, capsys: pytest.CaptureFixture[str]
) -> None:
    journal.add_image("1.2.3", "1.2.3.4", file="received/a", sha256="", origin="CAMERA")
    assert main(["listen", "--spool", str(spool.path), "--status"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "received: 1, complete: 0, screened: 0, delivered: 0, failed: 0"
    assert lines[1].split()[:4] == ["study", "state", "reason", "images"]
    assert lines[2].split()[:3] == ["1.2.3", "received", "1"]
    assert len(lines[1]) == len(lines[2])
    table = fundusfm.listen(spool=str(spool.path), status=True)
    assert table["state"].tolist() == ["received"]
    assert capsys.readouterr().out == ""


def test_a_folder_without_a_journal_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"holds no journal\.sqlite"):
        fundusfm.listen(spool=str(tmp_path), status=True)
    assert not list(tmp_path.iterdir())
