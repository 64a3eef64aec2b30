"""From photograph to map: in its own pixels, with flips and tiles, within bounded memory."""

import subprocess
import sys

import cv2
import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import nn

from fundusfm.data.fov.detect import CROP_VERSION, FOV
from fundusfm.models.card.schema import Card, OperatingPoint
from fundusfm.models.segmentation.bundle import segmenter_of

CARD = Card(
    name="test", architecture="tiny", strategy="scratch", task="vessels", decoder="tiny", size=256,
    mean=[0.0] * 3, std=[1.0] * 3, crop=CROP_VERSION,
)  # fmt: skip


class Bright(nn.Module):
    """Calls what is bright vessel; looks at each pixel alone."""

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return (images.mean(dim=1, keepdim=True) - 0.5) * 40


class Leftmost(nn.Module):
    """Calls a pixel vessel by its place in the input, so that a mirror image gets another answer."""

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return torch.linspace(-4, 4, images.shape[-1]).expand(images.shape[0], 1, *images.shape[-2:])


def photograph(height: int, width: int) -> tuple[NDArray[np.uint8], FOV]:
    """A dark disc with a bright cross."""
    image = np.zeros((height, width, 3), np.uint8)
    radius = min(height, width) // 2 - 5
    cv2.circle(image, (width // 2, height // 2), radius, (60, 60, 60), -1)
    cv2.line(
        image, (width // 2 - radius // 2, height // 2), (width // 2 + radius // 2, height // 2 + 20), (250,) * 3, 9
    )
    return image, FOV(width / 2 + 0.5, height / 2 + 0.5, radius + 0.5, found=True)


@pytest.mark.parametrize("size", [100, 256, 1300])
def test_the_map_lies_where_the_vessels_are(size: int) -> None:
    image, circle = photograph(300, 340)
    segmenter = segmenter_of(Bright(), CARD.model_copy(update={"size": size}))
    found = segmenter.probabilities(image, circle)["vessels"]
    assert found.shape == (300, 340)
    assert found.dtype == np.float32
    truth = image[..., 0] > 128
    assert 2 * ((found >= 0.5) & truth).sum() / ((found >= 0.5).sum() + truth.sum()) > (0.85 if size == 100 else 0.97)
    assert found[0, 0] == 0


def test_flips_average_the_mirror_images() -> None:
    image, circle = photograph(120, 120)
    segmenter = segmenter_of(Leftmost(), CARD.model_copy(update={"size": 64}))
    once, averaged = (segmenter.probabilities(image, circle, tta=tta)["vessels"] for tta in (False, True))
    assert once[60, 20] < 0.3 < 0.7 < once[60, 100]
    inside = averaged[30:90, 30:90]
    assert np.allclose(inside, inside[:, ::-1], atol=0.02)
    assert np.allclose(inside, 0.5, atol=0.05)


def test_the_threshold_is_the_cards() -> None:
    assert segmenter_of(Bright(), CARD).thresholds == {"vessels": 0.5}
    point = OperatingPoint(threshold=0.31, sensitivity=0.8, specificity=0.98)
    card = CARD.model_copy(update={"operating_points": {"vessels": {"dice": point}}})
    assert segmenter_of(Bright(), card).thresholds == {"vessels": 0.31}


def test_masks_share_out_vessels_and_the_disc_is_one_filled_piece() -> None:
    labels = ["vessels", "arteries", "veins", "disc"]
    segmenter = segmenter_of(Bright(), CARD.model_copy(update={"task": "structures", "labels": labels}))
    maps = {label: np.zeros((40, 60), np.float32) for label in labels}
    inside = np.ones((40, 60), np.bool_)
    maps["vessels"][3:6] = maps["vessels"][10:14] = 0.9
    maps["arteries"][:8], maps["veins"][8:] = 0.3, 0.4
    cv2.circle(maps["disc"], (20, 16), 6, 0.8, 2)
    maps["disc"][30:32, 50:52] = 1
    found = segmenter.masks(maps, inside).masks
    assert list(found) == labels
    assert np.array_equal(found["arteries"] | found["veins"], found["vessels"])
    assert found["arteries"][4].all() and found["veins"][12].all()
    assert found["disc"][16, 20] and not found["disc"][31, 51]
    maps["disc"][:] = 0.1
    assert not segmenter.masks(maps, inside).masks["disc"].any()


def test_what_lies_outside_the_field_of_view_is_no_disc() -> None:
    """A bright corner is larger than the disc; a network that learnt nothing of corners may call it anything."""
    image, circle = photograph(200, 200)
    image[:40, :40] = 255
    image[140:160, 60:80] = 255
    segmenter = segmenter_of(Bright(), CARD.model_copy(update={"task": "structures", "labels": ["disc"], "size": 128}))
    inside = np.ones(image.shape[:2], np.bool_)
    disc = segmenter.masks(segmenter.probabilities(image, circle), inside).masks["disc"]
    assert disc[150, 70] and not disc[10, 10]
    full = segmenter.probabilities(image, FOV(100, 100, 142, found=False))["disc"]
    assert full[10, 10] > 0.5


def test_several_masks_come_out_in_order() -> None:
    class Channels(nn.Module):
        def forward(self, images: torch.Tensor) -> torch.Tensor:
            return (images - 0.5) * 40

    image, circle = photograph(120, 120)
    image[50:70, 50:70] = (250, 0, 250)
    labels = ["vessels", "disc", "haemorrhages"]
    card = CARD.model_copy(update={"task": "structures", "labels": labels, "size": 128})
    found = segmenter_of(Channels(), card).probabilities(image, circle)
    assert {label: bool(values[60, 60] > 0.5) for label, values in found.items()} == {
        "vessels": True, "disc": False, "haemorrhages": True
    }  # fmt: skip


_LARGE = """
import resource
import numpy as np
from fundusfm.data.fov.detect import CROP_VERSION, find_fov
from fundusfm.models.card.schema import Card
from fundusfm.models.segmentation.network import build_segmentation_network
from fundusfm.models.segmentation.bundle import segmenter_of
rows, columns = np.mgrid[:2592, :3872].astype(np.float32)
disc = (columns - 1936) ** 2 + (rows - 1296) ** 2 < 1400 ** 2
image = np.repeat((disc * 120).astype(np.uint8)[..., None], 3, axis=2)
card = Card(name="x", architecture="mobilenetv2_100", strategy="scratch", task="vessels", decoder="unet", size=900,
            mean=[0.5] * 3, std=[0.25] * 3, crop=CROP_VERSION)
segmenter = segmenter_of(build_segmentation_network("unet", "mobilenetv2_100"), card)
found = segmenter.probabilities(image, find_fov(image))["vessels"]
assert found.shape == (2592, 3872) and found[1296, 1936] > 0
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20)
"""


@pytest.mark.slow
def test_a_camera_size_photograph_stays_under_two_gigabytes() -> None:
    result = subprocess.run([sys.executable, "-c", _LARGE], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    assert float(result.stdout) < 2.0
