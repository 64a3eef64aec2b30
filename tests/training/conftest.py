"""A second set of generated photographs, of other patients than the shared one."""

from pathlib import Path

import pytest

import fundusfm


@pytest.fixture(scope="session")
def external_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store of 16 generated photographs, 64 pixels."""
    folder = tmp_path_factory.mktemp("external")
    photographs = folder / "photographs"
    fundusfm.synth(out=str(photographs), count=16, size=96, seed=7, workers=1)
    fundusfm.prepare(manifest=str(photographs / "manifest.csv"), size=64, out=str(folder / "clinic"), workers=1)
    return folder / "clinic"
