"""Two segmenters joined: the masks are those of each, and every door takes the bundle."""

from pathlib import Path

import numpy as np
import pytest
import torch

import fundusfm
from fundusfm.errors import ConfigError, RunFolderError
from fundusfm.models.card.schema import Card, OperatingPoint, Step
from fundusfm.models.segmentation.bundle import save_segmenter
from fundusfm.models.segmentation.load import load_segmenter
from fundusfm.models.segmentation.network import build_segmentation_network
from fundusfm.models.start import IMAGENET_MEAN, IMAGENET_STD

BACKBONE = "mobilenetv2_035"


def save(
    path: Path, decoder: str, labels: list[str], size: int, threshold: float, std: list[float] | None = None
) -> Path:
    torch.manual_seed(size)
    card = Card(
        name=path.name,
        architecture="tiny" if decoder == "tiny" else BACKBONE,
        strategy="scratch",
        lineage=[Step(what=f"random weights of {path.name}")],
        labels=labels,
        label_definitions=dict.fromkeys(labels, f"drawn by {path.name}"),
        task="vessels" if labels == ["vessels"] else "structures",
        decoder=decoder,
        method="FF",
        size=size,
        mean=list(IMAGENET_MEAN),
        std=std or list(IMAGENET_STD),
        crop="fov-v1",
        operating_points={
            label: {"dice": OperatingPoint(threshold=threshold, sensitivity=0.5, specificity=0.5)} for label in labels
        },
        licence=f"terms of {path.name}",
        limits=[f"limit of {path.name}", "limit of both"],
    )
    save_segmenter(path, build_segmentation_network(decoder, card.architecture, len(labels)).eval(), card)
    return path


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("parts")
    first = save(folder / "one", "unet_small", ["vessels", "disc"], 96, 0.4)
    return first, save(folder / "two", "tiny", ["vessels", "arteries", "veins"], 64, 0.3)


@pytest.fixture(scope="module")
def joined(parts: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("joined") / "bundle"
    fundusfm.segment_join(weights=parts[0], second=parts[1], structures=["artery_vein"], out=out)
    return out


def test_the_first_masks_stay_and_the_others_are_the_seconds(parts: tuple[Path, Path], joined: Path) -> None:
    whole, first, second = (load_segmenter(path) for path in (joined, *parts))
    assert whole.labels == ["vessels", "arteries", "veins", "disc"]
    assert whole.thresholds == {"vessels": 0.4, "arteries": 0.3, "veins": 0.3, "disc": 0.4}
    square = np.full((96, 96, 3), 90, np.uint8)
    found, expected = whole.in_crop(square), first.in_crop(square)
    for mask in ("vessels", "disc"):
        np.testing.assert_allclose(found[mask], expected[mask], atol=1e-5)
    # Even grey looks alike at both sizes, but for the rim.
    of_second = second.in_crop(np.full((64, 64, 3), 90, np.uint8))
    for mask in ("arteries", "veins"):
        assert abs(found[mask][40:56, 40:56].mean() - of_second[mask][28:36, 28:36].mean()) < 0.02


def test_the_card_says_what_comes_from_where(parts: tuple[Path, Path], joined: Path) -> None:
    card = Card.read(joined / "card.json")
    assert [(part.decoder, part.size, part.gives) for part in card.parts] == [
        ("unet_small", 96, ["vessels", "disc"]),
        ("tiny", 64, ["arteries", "veins"]),
    ]
    assert card.label_definitions["arteries"] == "drawn by two" and card.label_definitions["vessels"] == "drawn by one"
    assert [step.what for step in card.lineage] == [
        "random weights of one",
        "random weights of two",
        "joined: arteries, veins come from the second network",
    ]
    assert card.licence == "terms of one; terms of two" and card.metrics == {}
    assert card.limits == ["limit of one", "limit of both", "limit of two"]
    text = (joined / "README.md").read_text()
    assert (
        "mobilenetv2_035 with decoder unet_small at 96 px for vessels, disc and tiny with decoder tiny at 64 px" in text
    )
    assert "segmentation_models_pytorch" not in text


def test_the_graph_is_the_network(joined: Path) -> None:
    from fundusfm.models.segmentation.bundle import segmenter_of
    from fundusfm.models.trainable import network_of

    onnx = load_segmenter(joined)
    eager = segmenter_of(network_of(joined), onnx.card)
    square = np.random.default_rng(0).integers(0, 256, (96, 96, 3), np.uint8)
    found, expected = onnx.in_crop(square), eager.in_crop(square)
    assert onnx.card.graph is not None
    assert all(np.abs(found[mask] - expected[mask]).max() < 1e-3 for mask in onnx.labels)


def test_exports_of_it_are_as_good(joined: Path, tmp_path: Path) -> None:
    fundusfm.export_weights(weights=joined, format="onnx", out=tmp_path / "onnx")
    fundusfm.export_weights(weights=joined, format="bundle", out=tmp_path / "half", half=True)
    assert load_segmenter(tmp_path / "half").labels == load_segmenter(joined).labels


def test_nothing_is_rounded_unless_both_are(parts: tuple[Path, Path], tmp_path: Path) -> None:
    halves = [tmp_path / "one", tmp_path / "two"]
    for part, half in zip(parts, halves, strict=True):
        fundusfm.export_weights(weights=part, format="bundle", out=half, half=True)
    for second, bits in ((parts[1], 32), (halves[1], 16)):
        out = tmp_path / f"joined-{bits}"
        fundusfm.segment_join(weights=halves[0], second=second, structures=["artery_vein"], out=out)
        assert Card.read(out / "card.json").stored_bits == bits


def test_what_cannot_be_joined_is_refused(parts: tuple[Path, Path], joined: Path, tmp_path: Path) -> None:
    def join(weights: Path, second: Path, structure: str = "artery_vein", out: str = "out") -> None:
        fundusfm.segment_join(weights=weights, second=second, structures=[structure], out=tmp_path / out)

    with pytest.raises(ConfigError, match="does not find optic disc: it finds vessels, arteries, veins"):
        join(*parts, structure="disc")
    with pytest.raises(ConfigError, match="joins 2 networks already"):
        join(joined, parts[1])
    other = save(tmp_path / "other", "tiny", ["arteries", "veins"], 64, 0.3, std=[0.5, 0.5, 0.5])
    with pytest.raises(ConfigError, match="normalise colours differently"):
        join(parts[0], other)
    with pytest.raises(RunFolderError, match="is not empty"):
        join(*parts, out="other")
    assert not (tmp_path / "out").exists()


def test_it_cannot_be_trained_further(joined: Path, manifest: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="joins 2 networks, which cannot be trained further"):
        fundusfm.segment_train(data=[manifest], weights=joined, structures=["vessels"], epochs=1, out=tmp_path / "run")
