"""A tiny model with everything that screening reads, and photographs as files."""

from pathlib import Path

import pytest

import fundusfm


@pytest.fixture(scope="session")
def probe_run(tmp_path_factory: pytest.TempPathFactory, store: Path) -> Path:
    """A linear probe over a random network, fitted on the generated photographs: a run folder with a bundle."""
    out = tmp_path_factory.mktemp("probe") / "run"
    fundusfm.probe(data=str(store), labels=["abnormal"], weights="scratch", backbone="test_resnet", folds=2,
                   out=str(out))
    return out


@pytest.fixture(scope="session")
def bundle(probe_run: Path) -> str:
    """The probe's bundle."""
    return str(probe_run / "bundle")


@pytest.fixture(scope="session")
def photographs(manifest: Path) -> list[Path]:
    """The files of the generated photographs."""
    return sorted((manifest.parent / "images").iterdir())
