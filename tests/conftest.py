"""Fixtures that any test may use: generated photographs, a store made of them, and the real ones where they are."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, settings
from tests.chromium import CHROMIUM

import fundusfm
from fundusfm.data.synthetic.photograph import generate

# How long an example takes says more about what else the machine is doing than about the code. The same examples in
# every run: a failure is then of the change at hand. `--hypothesis-profile=search` looks for others.
_WHATEVER_THE_LOAD = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("fundusfm", _WHATEVER_THE_LOAD, derandomize=True, database=None)
settings.register_profile("search", _WHATEVER_THE_LOAD, max_examples=1000)
settings.load_profile("fundusfm")

_SLOW_TIMEOUT = 1800  # seconds; a minute on idle cores, many times that beside other work
_ROOT = Path(__file__).resolve().parent.parent


def real_data() -> Path | None:
    """Returns the folder of real photographs, or None where there is none."""
    given = os.environ.get("FUNDUSFM_REAL_DATA")
    folder = Path(given) if given else _ROOT.parent / "shared" / "data"
    return folder if folder.is_dir() else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skips tests marked `real` where there are no real photographs, and gives slow tests more time."""
    for item in items:
        if item.get_closest_marker("slow") and not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(_SLOW_TIMEOUT))
    if real_data() is None:
        skip = pytest.mark.skip(reason="no real photographs: neither $FUNDUSFM_REAL_DATA nor ../shared/data exists")
        for item in items:
            if item.get_closest_marker("real"):
                item.add_marker(skip)


@pytest.fixture(autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keeps tests out of the user's cache folder."""
    monkeypatch.setenv("FUNDUSFM_CACHE", str(tmp_path_factory.getbasetemp() / "cache"))


@pytest.fixture(scope="session")
def real_folder() -> Path:
    """The folder of real photographs; only for tests marked `real`."""
    folder = real_data()
    assert folder is not None
    return folder


@pytest.fixture(scope="session")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The manifest of 32 generated photographs, 144 pixels, with labels and masks."""
    out = tmp_path_factory.mktemp("photographs") / "tiny"
    fundusfm.synth(out=str(out), count=32, size=144, seed=1)
    return out / "manifest.csv"


@pytest.fixture(scope="session")
def store(manifest: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store of the generated photographs, 64 pixels."""
    out = tmp_path_factory.mktemp("stores") / "tiny"
    fundusfm.prepare(manifest=str(manifest), size=64, out=str(out), workers=1)
    return out


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """The system's Chromium; no longer than a module, since its event loop keeps others from running."""
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox", "--disable-gpu"])
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def photo() -> np.ndarray:
    """A generated photograph, 144 pixels high."""
    return generate(0, seed=5, size=144).image
