"""From store images to features, logits and scores."""

from collections.abc import Iterator

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from fundusfm.data.store.reader import Store
from fundusfm.errors import WeightsError
from fundusfm.models.bundle import Bundle
from fundusfm.models.card.schema import Card
from fundusfm.models.fuse import quicken
from fundusfm.models.network import PooledFeatures, model_arguments
from fundusfm.progress import track

MANY = 256
"""Images from which on fusing a network's layers is certain to pay: tracing takes as long as about a hundred."""

_FEW = 3
"""Images that a network is traced and checked with."""


def pick_device() -> torch.device:
    """Returns the best device of this machine: CUDA, then Apple's MPS, then the CPU."""
    if torch.cuda.is_available():
        return torch.device("cuda")
    return torch.device("mps" if torch.backends.mps.is_available() else "cpu")


def to_input(images: torch.Tensor, mean: list[float], std: list[float]) -> torch.Tensor:
    """Normalises images for the network.

    Args:
        images: uint8 or float (n, 3, h, w) with values 0..255.
        mean: Per channel, of values in 0..1.
        std: Per channel, of values in 0..1.

    Returns:
        float32 (n, 3, h, w), channels last in memory.
    """
    offset = torch.tensor(mean, device=images.device).view(1, 3, 1, 1) * 255
    scale = torch.tensor(std, device=images.device).view(1, 3, 1, 1) * 255
    return ((images.float() - offset) / scale).contiguous(memory_format=torch.channels_last)


def fused(network: nn.Module, card: Card) -> nn.Module:
    """Returns a network with its layers fused, where it is on a CPU and can be fused; see `quicken`.

    Args:
        network: In evaluation mode.
        card: Says what its inputs are.
    """
    if next(network.parameters()).device.type != "cpu":
        return network
    noise = torch.from_numpy(np.random.default_rng(0).integers(0, 256, (_FEW, 3, card.size, card.size), np.uint8))
    return quicken(network, to_input(noise, card.mean, card.std))


def image_batches(store: Store, batch_size: int) -> Iterator[torch.Tensor]:
    """Yields the store's images in order as uint8 (n, 3, size, size)."""
    for first in range(0, len(store), batch_size):
        images = [store.image(row) for row in range(first, min(first + batch_size, len(store)))]
        yield torch.from_numpy(np.stack(images)).permute(0, 3, 1, 2)


def features(bundle: Bundle, store: Store, *, batch_size: int = 64) -> NDArray[np.float32]:
    """Returns the pooled features before the head, float32 (rows, d).

    Args:
        bundle: The network and its card.
        store: Prepared images; its crop must be the card's.
        batch_size: Images per forward pass.

    Raises:
        WeightsError: The store's crop or size does not fit the bundle.
    """
    return _run(bundle, store, PooledFeatures(bundle.network), batch_size, "features")


def logits(bundle: Bundle, store: Store, *, batch_size: int = 64) -> NDArray[np.float32]:
    """Returns the logits, float32 (rows, labels); arguments and errors as for `features`."""
    return _run(bundle, store, bundle.network, batch_size, "predictions")


def network_logits(
    network: nn.Module, store: Store, *, mean: list[float], std: list[float], batch_size: int = 64
) -> NDArray[np.float32]:
    """Returns the logits of a network that has no card yet, float32 (rows, labels)."""
    return _forward(network, store, mean, std, batch_size, "predictions")


def network_features(
    network: nn.Module, store: Store, *, mean: list[float], std: list[float], batch_size: int = 64
) -> NDArray[np.float32]:
    """Returns the pooled features of a network that has no card yet, float32 (rows, d)."""
    return _forward(PooledFeatures(network), store, mean, std, batch_size, "features")


def scores_from_logits(values: NDArray[np.float32], task: str | None) -> NDArray[np.float64]:
    """Turns logits (n, labels) into scores in 0..1: softmax for `multiclass`, a sigmoid per label otherwise."""
    tensor = torch.from_numpy(values.astype(np.float64))
    scores = tensor.softmax(1) if task == "multiclass" else tensor.sigmoid()
    result: NDArray[np.float64] = scores.numpy()
    return result


def check_fit(bundle: Bundle, store: Store) -> None:
    """Refuses a store whose images are not what the bundle was made for.

    A convolutional backbone without a head may be fed another size (the resolution study does); a bundle with a
    head, or with position embeddings, may not.

    Raises:
        WeightsError: Crop version or size differ; the sentence gives both and the command that mends it.
    """
    card, header = bundle.card, store.header
    if header.crop != card.crop:
        raise WeightsError(
            f"Store {store.path} has crop {header.crop}, the weights were made with {card.crop}: prepare the "
            "manifest again with the version of fundusfm that made the weights."
        )
    movable = not card.labels and not model_arguments(card.architecture, card.size)
    if header.size != card.size and not movable:
        raise WeightsError(
            f"Store {store.path} holds {header.size} px images, the weights expect {card.size} px: "
            f"fundusfm data prepare MANIFEST --size {card.size} --out STORE"
        )


def _run(bundle: Bundle, store: Store, network: nn.Module, batch_size: int, what: str) -> NDArray[np.float32]:
    check_fit(bundle, store)
    return _forward(network, store, bundle.card.mean, bundle.card.std, batch_size, what)


def _forward(
    network: nn.Module, store: Store, mean: list[float], std: list[float], batch_size: int, what: str
) -> NDArray[np.float32]:
    device = pick_device()
    network.to(device, memory_format=torch.channels_last).eval()  # type: ignore[call-overload]
    batches = track(
        image_batches(store, batch_size),
        label=f"{what} of {store.name}",
        total=-(-len(store) // batch_size),
        unit="batch",
    )
    forward, parts = network, []
    with torch.inference_mode():
        for number, images in enumerate(batches):
            inputs = to_input(images.to(device), mean, std)
            if number == 0 and device.type == "cpu" and len(store) >= MANY:
                forward = quicken(network, inputs[:_FEW])
            parts.append(forward(inputs).float().cpu().numpy())
    network.cpu()
    return np.concatenate(parts) if parts else np.empty((0, 0), np.float32)
