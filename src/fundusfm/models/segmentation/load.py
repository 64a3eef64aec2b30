"""Reads segmenters; needs no PyTorch where the bundle has its graph."""

from pathlib import Path

from fundusfm.errors import WeightsError
from fundusfm.models.bundle import Bundle, bundle_in
from fundusfm.models.card.schema import Card
from fundusfm.models.engine.devices import AUTO
from fundusfm.models.listing import find_bundle, listed_weights
from fundusfm.models.segmentation.segmenter import Segmenter


def load_segmenter(path: str | Path, *, device: str = AUTO) -> Segmenter:
    """Loads a segmenter; arguments and errors as for `read_segmenter`, and a damaged graph is an error too."""
    bundle = read_segmenter(path, device=device)
    return Segmenter(bundle.engine, bundle.card, bundle.hash)


def read_segmenter(path: str | Path, *, device: str = AUTO) -> Bundle:
    """Reads the bundle of a segmenter; nothing is unpickled, and the weights are checked against their hash.

    Args:
        path: A bundle folder, a run folder that holds one, or a listed name.
        device: Device that computes; see `fundusfm.models.engine.devices`.

    Raises:
        WeightsError: There is none, a file is damaged, or it is no segmenter.
    """
    if not Path(path).exists() and str(path) not in listed_weights():
        raise WeightsError(
            f"No segmenter {str(path)!r}: no such folder, and the listed segmenters are {', '.join(_listed())}."
        )
    folder = find_bundle(path)
    if (folder / "config.yaml").exists() and not (folder / "card.json").exists():
        raise WeightsError(f"The run {folder} holds no bundle yet: finish it with --resume.")
    card = Card.read(folder / "card.json")
    if not _segments(card):
        raise WeightsError(
            f"{path} is no segmenter (its task is {card.task or 'none, it is a backbone'}): the listed segmenters are "
            f"{', '.join(_listed())}, and this makes another: fundusfm segment train --weights {path}"
        )
    return bundle_in(folder, card, device=device)


def _segments(card: Card) -> bool:
    return card.task in ("vessels", "structures") and card.decoder is not None


def _listed() -> list[str]:
    """Returns the names of the listed segmenters."""
    return [name for name, folder in listed_weights().items() if _segments(Card.read(folder / "card.json"))]
