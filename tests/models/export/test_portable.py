"""From pixels to scores in one network, with nothing left to do outside it."""

from collections.abc import Callable

import numpy as np
import pytest
import torch

from fundusfm.data.fov.detect import FOV
from fundusfm.errors import WeightsError
from fundusfm.models.bundle import Bundle
from fundusfm.models.calibrate import probabilities
from fundusfm.models.engine.translate import calibration_images
from fundusfm.models.export.portable import portable_classifier, portable_segmenter
from fundusfm.models.inference import scores_from_logits
from fundusfm.models.network import to_input
from fundusfm.models.segmentation.bundle import segmenter_of
from fundusfm.models.segmentation.network import build_segmentation_network
from fundusfm.models.segmentation.tiles import MARGIN, whole_side
from fundusfm.models.trainable import bundle_of

BACKBONE = "test_resnet"


@pytest.mark.parametrize(("task", "temperature"), [
    ("multilabel", {"b": 2.0, "c": 0.5}), ("multilabel", {}), ("multiclass", {"*": 1.5}),
])  # fmt: skip
def test_scores_and_probabilities_are_the_packages(
    make_bundle: Callable[..., Bundle], task: str, temperature: dict[str, float]
) -> None:
    bundle = make_bundle(BACKBONE, ("a", "b", "c"), 64, temperature=temperature)
    bundle.card = bundle.card.model_copy(update={"task": task})
    portable = portable_classifier(bundle)
    images = portable.example(4)
    with torch.inference_mode():
        scores, calibrated = portable.network(images)
        logits = bundle.network(to_input(images, bundle.card.mean, bundle.card.std)).numpy()
    expected = scores_from_logits(logits, task)
    assert np.allclose(scores, expected, atol=1e-6)
    assert np.allclose(calibrated, probabilities(expected, bundle.card), atol=1e-5)


def test_a_backbone_gives_features(make_bundle: Callable[..., Bundle]) -> None:
    bundle = make_bundle(BACKBONE, (), 64)
    portable = portable_classifier(bundle)
    assert portable.outputs == ("features",)
    (features,) = portable.network(portable.example(2))
    assert features.shape == (2, bundle.network.num_features)


def test_a_segmenter_takes_the_whole_crop(make_bundle: Callable[..., Bundle]) -> None:
    size = 64
    card = make_bundle(BACKBONE, (), size).card.model_copy(
        update={"task": "vessels", "decoder": "tiny", "labels": ["vessels"]}
    )
    network = build_segmentation_network("tiny", BACKBONE).eval()
    portable = portable_segmenter(bundle_of(network, card))
    segmenter = segmenter_of(network, card)
    assert portable.side == whole_side(size) == 96
    square = np.random.default_rng(0).integers(0, 256, (size, size, 3), np.uint8)
    canvas = np.zeros((96, 96, 3), np.uint8)
    inner = slice(MARGIN, MARGIN + size)
    canvas[inner, inner] = square
    with torch.inference_mode():
        (vessels,) = portable.network(torch.from_numpy(canvas.transpose(2, 0, 1)[None]))
    expected = segmenter.probabilities(square, FOV(size / 2, size / 2, size / 2, False))["vessels"]
    assert np.allclose(vessels[0, inner, inner].numpy(), expected, atol=1e-5)


def test_another_form_with_other_outputs_is_refused(make_bundle: Callable[..., Bundle]) -> None:
    portable = portable_classifier(make_bundle(BACKBONE, ("a", "b"), 64))

    def run(images: torch.Tensor) -> list[np.ndarray]:
        with torch.inference_mode():
            return [output.numpy() + shift for output in portable.network(images)]

    shift = 1e-6
    portable.check(run, 1e-5, "model.pt2")
    shift = 1e-3
    with pytest.raises(WeightsError, match=r"test_resnet as model\.pt2 gives other scores"):
        portable.check(run, 1e-5, "model.pt2")


def test_maps_are_compared_on_what_bundles_are_compared_on(make_bundle: Callable[..., Bundle]) -> None:
    card = make_bundle(BACKBONE, (), 64).card.model_copy(
        update={"task": "vessels", "decoder": "tiny", "labels": ["vessels"]}
    )
    portable = portable_segmenter(bundle_of(build_segmentation_network("tiny", BACKBONE).eval(), card))
    seen = []

    def run(images: torch.Tensor) -> list[np.ndarray]:
        seen.append(np.moveaxis(images.numpy(), 1, -1))
        with torch.inference_mode():
            return [output.numpy() + shift for output in portable.network(images)]

    shift = 0.0
    portable.check(run, 1e-4, "model.onnx")
    wanted = calibration_images(portable.side)
    assert len(seen) == 2 and np.array_equal(seen[0], wanted[1:2]) and np.array_equal(seen[1], wanted)
    shift = 5e-4
    with pytest.raises(WeightsError, match=r"as model\.onnx gives other vessels"):
        portable.check(run, 1e-4, "model.onnx")
