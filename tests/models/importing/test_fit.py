"""Weights in the layouts of other projects end in the timm network that computes what theirs did."""

from collections.abc import Callable

import pytest
import timm
import torch
import torchvision
from tests.models.importing.conftest import Tensors, random_values
from torch import nn

from fundusfm.errors import ConfigError, WeightsError
from fundusfm.models.importing.fit import Fitted, fit_tensors
from fundusfm.models.network import pooled_features


def _fit(tensors: Tensors, *, backbone: str | None = None, size: int | None = None) -> Fitted:
    return fit_tensors(tensors, where="weights.pth", backbone=backbone, size=size)


def _features(fitted: Fitted, images: torch.Tensor) -> torch.Tensor:
    with torch.inference_mode():
        return pooled_features(fitted.network, images)


@pytest.mark.parametrize(
    "prefix", ["", "module.", "model.", "backbone.", "encoder.", "student.backbone.", "_orig_mod."]
)
def test_torchvision_resnet_behind_any_prefix(resnet: Tensors, prefix: str) -> None:
    fitted = _fit({f"{prefix}{name}": value for name, value in resnet.items()})
    assert (fitted.architecture, fitted.size, fitted.prefix) == ("resnet18", 224, prefix)
    assert fitted.table.share == 1 and fitted.table.missing == [] and fitted.table.mismatched == {}
    assert fitted.table.unexpected == [f"{prefix}fc.bias", f"{prefix}fc.weight"]
    theirs = torchvision.models.resnet18(num_classes=10).eval()
    theirs.load_state_dict(resnet)
    theirs.fc = nn.Identity()
    images = torch.randn(2, 3, 64, 64)
    with torch.inference_mode():
        assert torch.allclose(_features(fitted, images), theirs(images), rtol=1e-4, atol=1e-5)


def test_of_student_and_teacher_the_teacher(resnet: Tensors) -> None:
    other = random_values(torchvision.models.resnet18(num_classes=10), seed=1)
    both = {f"student.{name}": value for name, value in other.items()}
    both |= {f"teacher.{name}": value for name, value in resnet.items()}
    fitted = _fit(both)
    assert torch.equal(fitted.network.state_dict()["conv1.weight"], resnet["conv1.weight"])
    assert "student.conv1.weight" in fitted.table.unexpected


def test_flair(resnet: Tensors) -> None:
    tensors = {f"vision_model.model.{name}": value for name, value in resnet.items() if not name.startswith("fc")}
    tensors |= {"vision_model.projection_head_vision.projection.weight": torch.zeros(512, 512)}
    tensors |= {"text_model.model.embeddings.word_embeddings.weight": torch.zeros(9, 9), "logit_scale": torch.ones(())}
    fitted = _fit(tensors)
    assert fitted.family.name == "FLAIR" and fitted.size == 512
    assert (fitted.family.mean, fitted.family.std) == ((0.0, 0.0, 0.0), (1.0, 1.0, 1.0))
    assert fitted.table.share == 1 and len(fitted.table.unexpected) == 3


@pytest.mark.parametrize("kind", ["with decoder", "encoder only", "fine-tuned"])
def test_retfound(retfound: Callable[..., Tensors], kind: str) -> None:
    """The authors' network averages patch tokens and normalises the mean."""
    tensors = retfound(decoder=kind == "with decoder", fine_tuned=kind == "fine-tuned")
    fitted = _fit(tensors)
    assert (fitted.architecture, fitted.size) == ("vit_tiny_patch16_224", 64)
    assert "RETFound" in fitted.family.name and fitted.family.mean == (0.485, 0.456, 0.406)
    left = {"fine-tuned": ["head.bias", "head.weight"], "encoder only": ["norm.bias", "norm.weight"]}
    if kind in left:
        assert fitted.table.unexpected == left[kind]
    else:
        assert "mask_token" in fitted.table.unexpected and "decoder_embed.weight" in fitted.table.unexpected
    assert fitted.table.missing == ([] if kind == "fine-tuned" else ["fc_norm.weight", "fc_norm.bias"])

    images = torch.randn(2, 3, 64, 64)
    trunk = timm.create_model("vit_tiny_patch16_224", img_size=64, num_classes=0).eval()
    trunk.load_state_dict(tensors, strict=False)
    trunk.norm = nn.Identity()
    norm = nn.LayerNorm(192, eps=1e-6)
    if kind == "fine-tuned":
        norm.load_state_dict({part: tensors[f"fc_norm.{part}"] for part in ("weight", "bias")})
    with torch.inference_mode():
        expected = norm(trunk.forward_features(images)[:, 1:].mean(dim=1))
    assert torch.allclose(_features(fitted, images), expected, rtol=1e-4, atol=1e-5)


def test_retfound_green() -> None:
    """The authors set `global_pool` of the finished network: patch tokens are normalised, then averaged."""
    architecture = "vit_small_patch14_reg4_dinov2"
    theirs = timm.create_model(architecture, img_size=392, num_classes=0).eval()
    tensors = random_values(theirs)
    fitted = _fit(tensors)
    assert (fitted.architecture, fitted.size, fitted.family.name) == (architecture, 392, "RETFound-Green")
    assert fitted.family.mean == fitted.family.std == (0.5, 0.5, 0.5) and fitted.table.share == 1
    theirs.load_state_dict(tensors)
    theirs.global_pool = "avg"
    images = torch.randn(1, 3, 392, 392)
    with torch.inference_mode():
        assert torch.allclose(_features(fitted, images), theirs(images), rtol=1e-4, atol=1e-5)


def test_names_of_dinov2_itself() -> None:
    tensors = random_values(timm.create_model("vit_small_patch14_dinov2", img_size=56, num_classes=0))
    tensors |= {"mask_token": torch.zeros(1, 384)}
    fitted = _fit({f"backbone.{name}": value for name, value in tensors.items()})
    assert (fitted.architecture, fitted.size) == ("vit_small_patch14_dinov2", 56)
    assert fitted.table.share == 1 and fitted.family.arguments == {}


@pytest.mark.parametrize("architecture", ["mobilenetv2_035", "convnext_tiny"])
def test_timm(architecture: str) -> None:
    fitted = _fit(random_values(timm.create_model(architecture, num_classes=3)))
    assert fitted.architecture == architecture and fitted.table.share == 1 and fitted.size == 224


def test_another_size_resamples_positions(retfound: Callable[..., Tensors]) -> None:
    fitted = _fit(retfound(), size=96)
    assert fitted.size == 96 and fitted.table.mismatched == {}
    assert fitted.network.state_dict()["pos_embed"].shape == (1, 37, 192)


def test_an_architecture_that_cannot_be_told() -> None:
    tensors = random_values(timm.create_model("test_resnet", num_classes=3))
    with pytest.raises(WeightsError, match="--backbone NAME"):
        _fit(tensors)
    assert _fit(tensors, backbone="test_resnet").table.share == 1
    with pytest.raises(ConfigError, match="near names: test_resnet"):
        _fit(tensors, backbone="test_resnets")


def test_a_tag_chooses_the_normalisation() -> None:
    tensors = random_values(timm.create_model("vit_tiny_patch16_224", num_classes=0))
    assert _fit(tensors).family.mean == (0.5, 0.5, 0.5)
    assert _fit(tensors, backbone="vit_tiny_patch16_224.augreg_in21k").family.mean == (0.5, 0.5, 0.5)
    large = random_values(timm.create_model("resnet18", num_classes=0))
    assert _fit(large, backbone="resnet18.a1_in1k").family.mean == (0.485, 0.456, 0.406)


def test_too_little_is_refused(resnet: Tensors) -> None:
    """A fifth of the tensors is gone, which is hardly any of the parameters."""
    tensors = {name: value for name, value in resnet.items() if "running_mean" not in name}
    with pytest.raises(WeightsError, match=r"only 8\d% of resnet18, 90% are needed:\nloaded +80 .*\nmissing +20 "):
        _fit(tensors, backbone="resnet18")
    with pytest.raises(WeightsError, match=r"of resnet34"):
        _fit(resnet, backbone="resnet34")


def test_other_shapes_are_told(resnet: Tensors) -> None:
    fitted = _fit(resnet | {"bn1.weight": torch.ones(3)})
    assert fitted.table.mismatched == {"bn1.weight": ([3], [64])}
    assert "shape mismatch      1  bn1.weight [3] for [64]" in fitted.table.text()


def test_damaged_values_are_refused(resnet: Tensors) -> None:
    with pytest.raises(WeightsError, match=r"bn1\.bias holds values that are not finite"):
        _fit(resnet | {"bn1.bias": torch.full((64,), torch.nan)})
