"""Reads segmenters; needs no PyTorch where the bundle has its graph."""

from pathlib import Path

from fundusfm.errors import WeightsError
from fundusfm.models.bundle import Bundle, bundle_in
from fundusfm.models.card.schema import Card
from fundusfm.models.engine.devices import AUTO
from fundusfm.models.listing import find_bundle
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
    folder = find_bundle(path)
    if (folder / "config.yaml").exists() and not (folder / "card.json").exists():
        raise WeightsError(f"The run {folder} holds no bundle yet: finish it with --resume.")
    card = Card.read(folder / "card.json")
    if card.task not in ("vessels", "structures") or card.decoder is None:
        raise WeightsError(
            f"{folder} is no segmenter (its task is {card.task or 'none, it is a backbone'}): make one with "
            f"fundusfm segment train --weights {folder}"
        )
    return bundle_in(folder, card, device=device)
