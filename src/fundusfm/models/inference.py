"""From store images to features, logits and scores."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from fundusfm.errors import WeightsError
from fundusfm.extras import require_extra
from fundusfm.models.bundle import Bundle
from fundusfm.models.engine.engine import FEATURES, LOGITS
from fundusfm.models.logistic import expit, softmax
from fundusfm.progress import track

if TYPE_CHECKING:
    from fundusfm.data.store.reader import Store


def image_batches(store: "Store", batch_size: int) -> Iterator[NDArray[np.uint8]]:
    """Yields the store's images in order as uint8 (n, size, size, 3)."""
    for first in range(0, len(store), batch_size):
        yield np.stack([store.image(row) for row in range(first, min(first + batch_size, len(store)))])


def features(bundle: Bundle, store: "Store", *, batch_size: int = 64) -> NDArray[np.float32]:
    """Returns the pooled features before the head, float32 (rows, d).

    Args:
        bundle: The weights and their card.
        store: Prepared images; its crop must be the card's.
        batch_size: Images per forward pass on a graphics card.

    Raises:
        WeightsError: The store's crop or size does not fit the bundle.
    """
    (found,) = _run(bundle, store, (FEATURES,), batch_size)
    return found


def logits(bundle: Bundle, store: "Store", *, batch_size: int = 64) -> NDArray[np.float32]:
    """Returns the logits, float32 (rows, labels); arguments and errors as for `features`."""
    (found,) = _run(bundle, store, (LOGITS,), batch_size)
    return found


def scores_from_logits(values: NDArray[np.float32], task: str | None) -> NDArray[np.float64]:
    """Turns logits (n, labels) into scores in 0..1: softmax for `multiclass`, a sigmoid per label otherwise."""
    wide = np.asarray(values, np.float64)
    return np.asarray(softmax(wide, axis=1) if task == "multiclass" else expit(wide), np.float64)


def check_fit(bundle: Bundle, store: "Store") -> None:
    """Refuses a store whose images are not what the bundle was made for.

    A convolutional backbone without a head may be fed another size (the resolution study does); a bundle with a
    head, or with position embeddings, may not.

    Raises:
        WeightsError: Crop version or size differ; the sentence gives both and the command that mends it.
        MissingExtraError: The size differs, which only PyTorch can do.
    """
    card, header = bundle.card, store.header
    if header.crop != card.crop:
        raise WeightsError(
            f"Store {store.path} has crop {header.crop}, the weights were made with {card.crop}: prepare the "
            "manifest again with the version of fundusfm that made the weights."
        )
    if header.size == card.size or (not card.labels and _takes_any_size(bundle)):
        return
    raise WeightsError(
        f"Store {store.path} holds {header.size} px images, the weights expect {card.size} px: "
        f"fundusfm data prepare MANIFEST --size {card.size} --out STORE"
    )


def _takes_any_size(bundle: Bundle) -> bool:
    require_extra("train", f"{bundle.card.name} at another size than {bundle.card.size} px")
    from fundusfm.models.network import model_arguments

    return not model_arguments(bundle.card.architecture, bundle.card.size)


def _run(bundle: Bundle, store: "Store", outputs: Sequence[str], batch_size: int) -> list[NDArray[np.float32]]:
    check_fit(bundle, store)
    if not len(store):
        return [np.empty((0, 0), np.float32) for _ in outputs]
    engine = bundle.engine if store.header.size == bundle.card.size else bundle.engine_at(store.header.size)
    batches = track(
        image_batches(store, batch_size),
        label=f"{' and '.join(outputs)} of {store.name}",
        total=-(-len(store) // batch_size),
        unit="batch",
    )
    parts = [engine.run(images, outputs) for images in batches]
    return [np.concatenate(part) for part in zip(*parts, strict=True)]
