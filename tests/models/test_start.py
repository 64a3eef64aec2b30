"""What `--weights` may mean."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from fundusfm.errors import ConfigError, WeightsError
from fundusfm.models.bundle import Bundle
from fundusfm.models.network import build_network
from fundusfm.models.resolve import resolve_weights
from fundusfm.models.start import headless, start_network
from fundusfm.models.trainable import save_bundle, weights_hash

CNN, VIT = "mobilenetv2_035", "vit_tiny_patch16_224"


def test_random_weights_follow_the_seed() -> None:
    first, again, other = (start_network("scratch", backbone=CNN, size=64, seed=seed) for seed in (0, 0, 1))
    assert first.hash == again.hash != other.hash
    assert first.card.labels == [] and first.card.strategy == "scratch" and first.card.size == 64
    assert start_network("fundus", backbone=CNN, size=64).hash == first.hash


@pytest.mark.parametrize("suffix", ["safetensors", "pth"])
def test_imagenet_weights_from_a_file(tmp_path: Path, suffix: str) -> None:
    donor = build_network(CNN, outputs=1000, size=64)
    path = tmp_path / f"weights.{suffix}"
    if suffix == "safetensors":
        save_file(donor.state_dict(), path)
    else:
        torch.save({"state_dict": donor.state_dict()}, path)
    bundle = resolve_weights("imagenet", backbone=CNN, size=64, imagenet_weights=str(path))
    donor.reset_classifier(0)
    assert bundle.hash == weights_hash(donor) and bundle.card.strategy == "imagenet"
    assert path.name in bundle.card.lineage[0].what


def test_imagenet_weights_of_another_input_size(tmp_path: Path) -> None:
    save_file(build_network(VIT, outputs=10, size=64).state_dict(), tmp_path / "weights.safetensors")
    bundle = start_network("imagenet", backbone=VIT, size=32, imagenet_weights=str(tmp_path / "weights.safetensors"))
    assert bundle.network(torch.zeros(1, 3, 32, 32)).shape == (1, 192)


def test_imagenet_weights_that_do_not_fit(tmp_path: Path) -> None:
    path = tmp_path / "weights.safetensors"
    save_file({"conv.weight": torch.zeros(1)}, path)
    with pytest.raises(WeightsError, match="does not fit mobilenetv2_035"):
        start_network("imagenet", backbone=CNN, size=64, imagenet_weights=str(path))
    for content in (b"", b"not weights at all"):
        path.write_bytes(content)
        with pytest.raises(WeightsError, match="cannot be read"):
            start_network("imagenet", backbone=CNN, size=64, imagenet_weights=str(path))
    with pytest.raises(WeightsError, match="cannot be read"):
        start_network("imagenet", backbone=CNN, size=64, imagenet_weights=str(tmp_path / "none.safetensors"))


def test_weights_of_another_shape_are_refused(tmp_path: Path) -> None:
    save_file(build_network("mobilenetv2_050", outputs=10, size=64).state_dict(), tmp_path / "weights.safetensors")
    with pytest.raises(WeightsError, match="does not fit mobilenetv2_035: size mismatch"):
        start_network("imagenet", backbone=CNN, size=64, imagenet_weights=str(tmp_path / "weights.safetensors"))


def test_pickled_code_is_not_run(tmp_path: Path) -> None:
    class Harmful:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return Path.touch, (Path(tmp_path / "ran"),)  # type: ignore[return-value]

    torch.save({"state_dict": Harmful()}, tmp_path / "weights.pth")
    with pytest.raises(WeightsError, match="is never run"):
        start_network("imagenet", backbone=CNN, size=64, imagenet_weights=str(tmp_path / "weights.pth"))
    assert not (tmp_path / "ran").exists()


def test_bundles_by_path_run_and_name(
    make_bundle: Callable[..., Bundle], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FUNDUSFM_CACHE", str(tmp_path / "cache"))
    bundle = make_bundle()
    for folder in (tmp_path / "run" / "bundle", tmp_path / "cache" / "weights" / "named"):
        save_bundle(folder, bundle.network, bundle.card)
    for weights in (tmp_path / "run" / "bundle", tmp_path / "run", "named"):
        assert resolve_weights(str(weights), size=64).hash == bundle.hash
    with pytest.raises(ConfigError, match="--backbone resnet18 contradicts"):
        resolve_weights(str(tmp_path / "run"), backbone="resnet18", size=64)
    with pytest.raises(WeightsError, match="the listed names are light, structures, vessels, named"):
        resolve_weights("nowhere", size=64)


def test_a_file_of_weights_and_a_timm_name(tmp_path: Path) -> None:
    donor = build_network("resnet18", outputs=3, size=64)
    torch.save({"model": donor.state_dict()}, tmp_path / "mine.pth")
    bundle = resolve_weights(str(tmp_path / "mine.pth"), size=64)
    donor.reset_classifier(0)
    assert bundle.hash == weights_hash(donor)
    assert (bundle.card.name, bundle.card.strategy, bundle.card.size) == ("mine", "imported", 64)
    packaged = resolve_weights("tf_efficientnet_lite0", size=64)
    assert (packaged.card.strategy, packaged.card.architecture) == ("imagenet", "tf_efficientnet_lite0")
    with pytest.raises(ConfigError, match="--backbone resnet18 contradicts"):
        resolve_weights("tf_efficientnet_lite0", backbone="resnet18", size=64)


def test_backbone_of_a_bundle(make_bundle: Callable[..., Bundle]) -> None:
    bundle = make_bundle(temperature={"abnormal": 2.0})
    backbone = headless(bundle)
    assert backbone.card.labels == [] and backbone.card.task is None and backbone.card.temperature == {}
    assert backbone.network(torch.zeros(1, 3, 64, 64)).shape == (1, 1280) and backbone.hash == bundle.hash
