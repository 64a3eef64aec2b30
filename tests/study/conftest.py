"""A study that takes seconds, on the generated photographs of the other tests."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

_STUDY: dict[str, Any] = {
    "name": "tiny",
    "title": "A tiny study",
    "question": "Does the software work?",
    "tasks": {
        "abnormality": {"data": "inside", "labels": ["abnormal"], "external": ["outside"]},
    },
    "matrix": {
        "strategies": ["scratch"],
        "backbones": ["test_resnet"],
        "sizes": [32],
        "blocks": [{"methods": ["LF"], "fractions": [0.5, 1.0]}],
    },
    "folds": 2,
    "limits": ["Nothing here is about eyes."],
}

WriteStudy = Callable[..., Path]


@pytest.fixture(scope="session")
def other_manifest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A second set of generated photographs, by another camera."""
    import fundusfm

    out = tmp_path_factory.mktemp("photographs") / "other"
    fundusfm.synth(out=str(out), count=16, size=96, seed=2, cameras=["archive"])
    return out / "manifest.csv"


@pytest.fixture
def write_study(tmp_path: Path, manifest: Path, other_manifest: Path) -> WriteStudy:
    """Writes the tiny study, with some of its keys replaced, and returns its file."""

    def write(**replaced: Any) -> Path:
        path = tmp_path / "study.yaml"
        data = {"inside": str(manifest), "outside": str(other_manifest)}
        path.write_text(yaml.safe_dump({"data": data, **_STUDY, **replaced}, sort_keys=False), encoding="utf-8")
        return path

    return write


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory, manifest: Path, other_manifest: Path) -> Path:
    """A study that was run in this process: two fractions of one cell, and a strategy whose weights are damaged."""
    import fundusfm

    folder = tmp_path_factory.mktemp("study")
    data = {"inside": str(manifest), "outside": str(other_manifest)}
    (folder / "damaged.safetensors").write_bytes(b"no weights")
    weights = {"test_resnet": str(folder / "damaged.safetensors")}
    matrix = _STUDY["matrix"] | {"strategies": ["scratch", "imagenet"]}
    study = {"data": data, **_STUDY, "matrix": matrix, "imagenet_weights": weights}
    path = folder / "study.yaml"
    path.write_text(yaml.safe_dump(study, sort_keys=False), encoding="utf-8")
    fundusfm.study(spec=str(path), out=str(folder / "out"), jobs=1)
    return folder
