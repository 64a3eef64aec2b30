"""The page on starting from the backbone: its code runs."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tests.models.elsewhere import python_blocks

import fundusfm

_PAGE = Path(__file__).resolve().parents[2] / "docs" / "start_from.md"
_TIMM, _LIGHTNING, _SCIKIT_LEARN = python_blocks(_PAGE)


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
    assert capsys.readouterr().out


def test_scikit_learn_takes_the_features(manifest: Path) -> None:
    photographs = sorted((manifest.parent / "images").iterdir())[:4]
    names: dict[str, Any] = {"fundusfm": fundusfm, "photographs": photographs, "labels": [0, 1, 0, 1]}
    exec(_SCIKIT_LEARN, names)  # noqa: S102
    assert names["features"].shape == (4, 1280) and not np.isnan(names["features"]).any()
    assert names["classifier"].predict(names["features"]).tolist() == [0, 1, 0, 1]
