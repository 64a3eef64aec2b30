"""Tiny models with everything that screening reads, and photographs as files and as arrays."""

from collections.abc import Callable
from pathlib import Path

import pytest

import fundusfm
from fundusfm.models.card.schema import OperatingPoint
from fundusfm.models.network import attach_head, build_network
from fundusfm.models.start import start_network
from fundusfm.models.trainable import save_bundle
from fundusfm.screening.dicom.predictions import ReportScreener


@pytest.fixture(scope="session")
def probe_run(tmp_path_factory: pytest.TempPathFactory, store: Path) -> Path:
    """A linear probe over a random network, fitted on the generated photographs: a run folder with a bundle."""
    out = tmp_path_factory.mktemp("probe") / "run"
    fundusfm.probe(
        data=str(store), labels=["abnormal"], weights="scratch", backbone="test_resnet", folds=2, out=str(out)
    )
    return out


@pytest.fixture(scope="session")
def bundle(probe_run: Path) -> str:
    """The probe's bundle."""
    return str(probe_run / "bundle")


@pytest.fixture(scope="session")
def photographs(manifest: Path) -> list[Path]:
    """The files of the generated photographs."""
    return sorted((manifest.parent / "images").iterdir())


@pytest.fixture(scope="session")
def weights(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Random weights for two labels, one of which has operating points."""
    card = start_network("scratch", backbone="mobilenetv2_035", size=64).card
    points = {
        "youden": OperatingPoint(threshold=0.4, sensitivity=0.9, specificity=0.8),
        "screening": OperatingPoint(threshold=0.999, sensitivity=0.95, specificity=0.6),
    }
    path = tmp_path_factory.mktemp("weights") / "bundle"
    save_bundle(
        path,
        build_network("mobilenetv2_035", outputs=2, size=64),
        card.model_copy(
            update={
                "labels": ["abnormal", "dr"],
                "task": "multilabel",
                "name": "tiny",
                "operating_points": {"abnormal": points},
            }
        ),
    )
    return str(path)


@pytest.fixture(scope="session")
def screener(weights: str) -> ReportScreener:
    """The model, loaded once."""
    return ReportScreener(weights)


@pytest.fixture
def make_bundle(tmp_path: Path) -> Callable[[list[str]], str]:
    """Writes an untrained bundle of some labels."""

    def make(labels: list[str]) -> str:
        start = start_network("scratch", backbone="test_resnet", size=64)
        attach_head(start.network, len(labels))
        card = start.card.model_copy(update={"labels": labels, "task": "binary" if labels else None})
        path = tmp_path / f"bundle-{len(labels)}"
        save_bundle(path, start.network, card)
        return str(path)

    return make
