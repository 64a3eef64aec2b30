"""The page on starting from the backbone: its code runs."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from tests.models.elsewhere import python_blocks

import fundusfm

_PAGE = Path(__file__).resolve().parents[2] / "docs" / "start_from.md"
_TIMM, _STORE, _LIGHTNING, _SCIKIT_LEARN = python_blocks(_PAGE)


def test_timm_and_lightning_start_from_the_weights(capsys: pytest.CaptureFixture[str]) -> None:
    names: dict[str, Any] = {}
    exec(_TIMM, names)  # noqa: S102
    network = names["network"].eval()
    assert network(torch.zeros(1, 3, 64, 64)).shape == (1, 4)
    stem = fundusfm.load("light").screener.ensemble.members[0].bundle.load_network().state_dict()["conv_stem.weight"]
    assert torch.equal(network.state_dict()["conv_stem.weight"], stem)
    exec(_LIGHTNING, names)  # noqa: S102
    loss = names["Grader"]().training_step((torch.zeros(2, 3, 64, 64), torch.tensor([0, 3])), 0)
    assert loss.requires_grad and torch.isfinite(loss)
    assert not capsys.readouterr().out


def test_a_store_is_read_by_a_loader(store: Path) -> None:
    names: dict[str, Any] = {}
    exec(_TIMM, names)  # noqa: S102
    exec(_STORE.replace("stores/eyes", str(store)).replace('"grade"', '"abnormal"'), names)  # noqa: S102
    images, labels = next(iter(names["loader"]))
    assert images.shape[1] == 3 and images.dtype == torch.float32 and images.abs().max() < 5
    assert set(labels.tolist()) <= {0, 1} and len(labels) == len(images)


def test_scikit_learn_takes_the_features(manifest: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    photographs = sorted((manifest.parent / "images").iterdir())[:4]
    pd.DataFrame({"image": photographs, "abnormal": [0, 1, 0, 1]}).to_csv(tmp_path / "eyes.csv", index=False)
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {"fundusfm": fundusfm}
    exec(_SCIKIT_LEARN, names)  # noqa: S102
    assert names["features"].shape == (4, 1280) and not np.isnan(names["features"]).any()
    assert names["classifier"].predict(names["features"]).tolist() == [0, 1, 0, 1]
