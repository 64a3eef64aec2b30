"""A small model with operating points, and DICOM photographs of generated eyes."""


import numpy as np
import pytest

from fundusfm.data.synthetic.photograph import generate
from fundusfm.models.bundle import save_bundle
from fundusfm.models.card import OperatingPoint
from fundusfm.models.network import build_network
from fundusfm.models.start import start_network
from fundusfm.screening.dicom.predictions import BundleScreener


@pytest.fixture(scope="session")
def weights(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Random weights for two labels, one of which has operating points."""
    card = start_network("scratch", backbone="mobilenetv2_035", size=64).card
    points = {"youden": OperatingPoint(threshold=0.4, sensitivity=0.9, specificity=0.8),
              "screening": OperatingPoint(threshold=0.999, sensitivity=0.95, specificity=0.6)}
    path = tmp_path_factory.mktemp("weights") / "bundle"
    save_bundle(path, build_network("mobilenetv2_035", outputs=2, size=64),
                card.model_copy(update={"labels": ["abnormal", "dr"], "task": "multilabel", "name": "tiny",
                                        "operating_points": {"abnormal": points}}))
    return str(path)


@pytest.fixture(scope="session")
def screener(weights: str) -> BundleScreener:
    """The model, loaded once."""
    return BundleScreener(weights)


@pytest.fixture(scope="session")
def photo() -> np.ndarray:
    """A generated photograph, 96 pixels high."""
    return generate(0, seed=5, size=96).image
