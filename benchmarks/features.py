"""Row `features`: the pooled features that a probe is fitted on, beside eager batches of 64 of the same store."""

from pathlib import Path

import numpy as np
import torch
from torchvision.transforms.v2.functional import normalize

from benchmarks.interleave import interleave
from benchmarks.material import store
from benchmarks.table import Row, timed_row
from fundusfm.data.store.reader import Store, open_store
from fundusfm.models.inference import features
from fundusfm.models.start import start_network
from fundusfm.models.trainable import TrainableBundle

_COUNT, _BATCH = 64, 64
_BACKBONES = ("mobilenetv2_100", "tf_efficientnet_lite0")
_TARGETS = {384: "3", 224: "2.5"}


def usual(bundle: TrainableBundle, opened: Store) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    """Returns the features by PyTorch's eager network, on all its threads."""
    network = bundle.load_network().eval()
    parts = []
    with torch.inference_mode():
        for first in range(0, len(opened), _BATCH):
            images = np.stack([opened.image(row) for row in range(first, min(first + _BATCH, len(opened)))])
            pixels = torch.from_numpy(images).permute(0, 3, 1, 2).float() / 255
            ready = normalize(pixels, list(bundle.card.mean), list(bundle.card.std))
            parts.append(network.forward_head(network.forward_features(ready), pre_logits=True).numpy())  # type: ignore[operator]
    return np.concatenate(parts)


def rows(folder: Path, repeats: int) -> list[Row]:
    """Measures 64 generated photographs with random weights."""
    found = []
    for size, target in _TARGETS.items():
        opened = open_store(str(store(folder, count=_COUNT, size=size)))
        for backbone in _BACKBONES:
            bundle = start_network("scratch", backbone=backbone, size=size)
            timing = interleave(
                lambda: features(bundle, opened),  # noqa: B023 - called at once
                lambda: usual(bundle, opened),  # noqa: B023
                repeats=repeats,
            )
            ours, theirs = features(bundle, opened), usual(bundle, opened)
            difference = float(np.abs(ours - theirs).max() / np.abs(theirs).max())
            found.append(
                timed_row("features", f"{_COUNT} images, {backbone}, {size} px; usual: eager, batch {_BATCH}", timing,
                          items=_COUNT, unit="images/s", target=target,
                          beside=f"largest difference {difference:.1e} of the largest feature")
            )  # fmt: skip
    return found
