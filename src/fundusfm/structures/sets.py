"""Photographs with masks from several manifests, under one selection."""

import hashlib
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from fundusfm.data.manifest.select import select_many
from fundusfm.data.manifest.table import read_manifest
from fundusfm.errors import ConfigError
from fundusfm.models.segmentation.structures import VESSELS
from fundusfm.structures.photographs import StructureImage, read_structures, unused_masks


def read_structure_sets(
    sources: Sequence[str],
    *,
    labels: Sequence[str] = (VESSELS,),
    select: str | None,
    need_masks: bool,
    log: Callable[[str], None],
) -> dict[str, list[StructureImage]]:
    """Reads the photographs of several manifests, by name of the set.

    A manifest that has none of the columns of the selection is kept whole, which is logged.

    Args:
        sources: Manifests, each as PATH or NAME=PATH.
        labels: The masks to read.
        select: Keep the rows where this holds.
        need_masks: As for `read_structures`.
        log: Receives what is left out or ignored, and to which manifests the selection does not apply.

    Raises:
        ConfigError: Two sets have one name.
        SelectError: The selection cannot be read, or keeps no row of any set.
        ManifestError, MaskError, DecodeError: As for `read_structures`.
    """
    manifests = [read_manifest(source) for source in sources]
    paths = [str(manifest.path) for manifest in manifests]
    for manifest in manifests:
        if unused := unused_masks(list(manifest.frame.columns), labels):
            log(f"{manifest.path}: {', '.join(unused)} hold masks that are not asked for, and are ignored")
    expressions: list[str | None] = [select] * len(sources)
    if select is not None:
        masks, whole = select_many([manifest.frame for manifest in manifests], select, where=paths)
        for place, (path, mask) in enumerate(zip(paths, masks, strict=True)):
            if path in whole:
                expressions[place] = None
                log(f"{path} has no column that --select names, so all its rows are used")
            elif not mask.any():
                log(f"--select keeps no row of {path}, so it is left out")
    sets: dict[str, list[StructureImage]] = {}
    for place, (source, manifest) in enumerate(zip(sources, manifests, strict=True)):
        if manifest.name in sets:
            raise ConfigError(f"--data {source}: the name {manifest.name} is taken; name it with NAME={paths[place]}.")
        if expressions[place] is None or masks[place].any():
            sets[manifest.name] = read_structures(
                source, labels=labels, select=expressions[place], need_masks=need_masks, log=log
            )
    return sets


def pixel_hash(image: NDArray[np.uint8]) -> str:
    """Returns the hash of a photograph's pixels: 16 hexadecimal digits of a SHA-256."""
    return hashlib.sha256(f"{image.shape}".encode() + np.ascontiguousarray(image).tobytes()).hexdigest()[:16]
