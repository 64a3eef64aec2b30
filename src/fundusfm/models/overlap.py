"""Whether photographs were trained on before: what is measured on them is memory."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fundusfm.data.manifest.select import columns_named, select
from fundusfm.data.store.reader import Store
from fundusfm.data.store.sketch import alike
from fundusfm.models.bundle import Bundle
from fundusfm.models.card.schema import TrainingData
from fundusfm.models.photographs import cached_sketches, file_hashes, read_photographs


@dataclass(frozen=True)
class Overlap:
    """Which of some photographs a model was trained on.

    Attributes:
        same: bool (n,), the same file, or a row of a store that the card names.
        copies: bool (n,), another file that looks the same.
    """

    same: NDArray[np.bool_]
    copies: NDArray[np.bool_]

    @property
    def first(self) -> int:
        """Position of the first photograph that was trained on."""
        return int(np.flatnonzero(self.same | self.copies)[0])

    def __len__(self) -> int:
        return int((self.same | self.copies).sum())

    def __str__(self) -> str:
        copies = int(self.copies.sum())
        return f"{len(self)} of these {len(self.same)} photographs" + (
            f" ({copies} of them as other files that look the same)" if copies else ""
        )


def training_overlap(bundle: Bundle, store: Store, rows: NDArray[np.int64] | None = None) -> Overlap:
    """Returns which photographs of a store a bundle was trained on, as far as it remembers.

    Args:
        bundle: Its card names whole stores; its `photographs.safetensors`, where it has one, single photographs. Of a
            backbone, what a head was fitted on does not count.
        store: A whole store.
        rows: Positions of the photographs in question; all of them by default.

    Raises:
        WeightsError: The bundle's list of photographs is damaged.
    """
    rows = np.arange(len(store)) if rows is None else rows
    same, copies = np.zeros(len(rows), bool), np.zeros(len(rows), bool)
    for data in bundle.card.training_data:
        same |= _named_rows(data, store)[rows]
    known = None if bundle.path is None else read_photographs(bundle.path)
    if known is not None and not bundle.card.labels:
        known = known.of_backbone
    if known is not None and len(known) and len(rows):
        view = store.take(rows)
        same |= np.isin(_numbers(file_hashes(view)), _numbers(known.files))
        copies = alike(cached_sketches(view), known.sketches) & ~same
    return Overlap(same, copies)


def overlap_note(bundle: Bundle, store: Store, rows: NDArray[np.int64] | None = None) -> str:
    """Says that the weights were trained on photographs of a store, so that results there are memory; empty if not.

    Args:
        bundle: As for `training_overlap`.
        store: A whole store.
        rows: Positions of the photographs in question; all of them by default.
    """
    seen = training_overlap(bundle, store, rows)
    if not seen:
        return ""
    image = store.frame["image"].iloc[seen.first if rows is None else rows[seen.first]]
    return f"{store.name}: the weights were trained on {seen}, such as {image}: these are no results on unseen data"


def _numbers(hashes: NDArray[np.uint8]) -> NDArray[np.uint64]:
    return np.ascontiguousarray(hashes).view(np.uint64)[:, 0]


def _named_rows(data: TrainingData, store: Store) -> NDArray[np.bool_]:
    """Returns the rows of a store that an entry of a card names, where it is of this very store."""
    if data.hash != store.hash:
        return np.zeros(len(store), bool)
    columns = [str(column) for column in store.frame.columns]
    if data.select is None or not set(columns_named(data.select, columns)) & set(columns):
        return np.ones(len(store), bool)
    return np.asarray(select(store.frame, data.select, where=str(store.path)), np.bool_)
