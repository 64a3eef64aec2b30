"""A folder that an export writes is whole or as it was."""

from pathlib import Path

import pytest

from fundusfm.errors import RunFolderError
from fundusfm.models.export.folder import fresh_folder, refuse_folder


def test_only_an_export_is_replaced(tmp_path: Path) -> None:
    target = tmp_path / "out"
    refuse_folder(target, overwrite=False)
    target.mkdir()
    (target / "letter.txt").write_text("mine")
    with pytest.raises(RunFolderError, match="not empty"):
        refuse_folder(target, overwrite=False)
    with pytest.raises(RunFolderError, match="is no export"):
        refuse_folder(target, overwrite=True)
    (target / "card.json").write_text("{}")
    refuse_folder(target, overwrite=True)


def test_an_error_leaves_what_was_there(tmp_path: Path) -> None:
    target = tmp_path / "out"
    with fresh_folder(target) as folder:
        (folder / "one").write_text("1")
    with pytest.raises(ValueError, match="stop"), fresh_folder(target) as folder:
        (folder / "two").write_text("2")
        raise ValueError("stop")
    assert [path.name for path in target.iterdir()] == ["one"]
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
