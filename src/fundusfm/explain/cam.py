"""Class activation maps: which places of a crop raise the score of a label.

Grad-CAM (Selvaraju et al., ICCV 2017) weighs each channel of the final features by its mean gradient. Behind a linear
head on globally averaged features that gradient is the head's weight, so the map is a weighted sum of the last feature
map (Zhou et al., CVPR 2016) and costs one forward pass on any engine. All else needs gradients, and so PyTorch.
"""

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

import cv2
import numpy as np
from numpy.typing import NDArray

from fundusfm.errors import ConfigError, LabelError
from fundusfm.extras import require_extra
from fundusfm.models.bundle import Bundle
from fundusfm.models.engine.engine import MAP

if TYPE_CHECKING:
    from torch import nn

Method = Literal["gradcam", "hirescam"]

_TINY = 1e-7
_NETWORKS = 4
"""Networks that are kept in memory for further maps."""


def heat_map(
    bundle: Bundle, crop_image: NDArray[np.uint8], label: str, method: Method = "gradcam"
) -> NDArray[np.float32]:
    """Computes where a label's evidence lies in a crop.

    Args:
        bundle: Weights and card.
        crop_image: uint8 (s, s, 3) RGB, an FOV crop; resized when `s` is not the network's size.
        label: One of the card's labels.
        method: `gradcam` or `hirescam`.

    Returns:
        float32 (s, s) in 0..1, smooth, scaled to its own maximum; all zeros where nothing raises the score.

    Raises:
        LabelError: The card has no such label.
        ConfigError: The method is unknown.
        WeightsError: The network has no spatial layer that the score depends on.
        MissingExtraError: The map needs gradients, and the extra `[train]` is not installed.
    """
    card = bundle.card
    if label not in card.labels:
        raise LabelError(f"The model {card.name} has no label {label!r}; it has: {', '.join(card.labels) or 'none'}.")
    if method not in get_args(Method):
        raise ConfigError(f"Unknown method {method!r}; give one of {', '.join(get_args(Method))}.")
    side = crop_image.shape[0]
    if side != card.size:
        crop_image = np.asarray(cv2.resize(crop_image, (card.size, card.size), interpolation=cv2.INTER_AREA), np.uint8)
    output = card.labels.index(label)
    head = bundle.head_weights() if method == "gradcam" else None
    if head is not None:
        heat, cell = _weighted_map(bundle, crop_image, head[output])
    else:
        require_gradients(bundle, method)
        from fundusfm.explain.gradients import gradient_map

        heat, cell = gradient_map(_network(bundle), card, crop_image, output, method)
    heat = np.asarray(cv2.resize(heat, (side, side), interpolation=cv2.INTER_CUBIC), np.float32)
    # Enlarged bilinearly, the grid shows as diamonds; half a cell of blur removes them.
    heat = np.maximum(cv2.GaussianBlur(heat, (0, 0), sigmaX=max(cell * side / 2, 0.5)), 0)
    peak = float(heat.max())
    scaled: NDArray[np.float32] = (heat / peak if peak > 0 else heat).astype(np.float32)
    return scaled


def require_gradients(bundle: Bundle, method: Method) -> None:
    """Refuses a map that takes gradients where there is no PyTorch to take them.

    Raises:
        MissingExtraError: There is none.
    """
    if method != "gradcam" or bundle.head_weights() is None:
        require_extra("train", f"A {method} map of {bundle.card.name}")


def _weighted_map(
    bundle: Bundle, image: NDArray[np.uint8], weights: NDArray[np.floating]
) -> tuple[NDArray[np.float32], float]:
    """Returns Grad-CAM as pytorch-grad-cam scales it, before and after it is enlarged, and the share of one cell."""
    last = bundle.engine.run(image[None], (MAP,))[0][0]
    # The mean gradient of a channel is the head's weight over the number of cells.
    grid = np.maximum(np.einsum("c,chw->hw", weights, last), 0) / last[0].size
    size = bundle.card.size
    return _stretched(np.asarray(cv2.resize(_stretched(grid), (size, size)), np.float32)), 1 / last.shape[-1]


def _stretched(heat: NDArray[Any]) -> NDArray[np.float32]:
    lifted = heat - heat.min()
    return np.asarray(lifted / (_TINY + lifted.max()), np.float32)


def _network(bundle: Bundle) -> "nn.Module":
    return bundle.load_network() if bundle.path is None else _network_of(bundle.path, bundle.hash)


@lru_cache(maxsize=_NETWORKS)
def _network_of(folder: Path, weights: str) -> "nn.Module":
    from fundusfm.models.trainable import network_of

    return network_of(folder)
