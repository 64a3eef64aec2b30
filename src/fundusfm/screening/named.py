"""The ways in which Python code can name photographs: paths, folders, archives, manifests, images and arrays."""

from collections.abc import Iterable, Iterator, Sequence
from os import PathLike, fspath
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias, Union

import numpy as np
from numpy.typing import NDArray

from fundusfm.data.inputs.find import find_sources
from fundusfm.data.inputs.photograph import Photograph
from fundusfm.data.inputs.source import Source
from fundusfm.errors import ConfigError

if TYPE_CHECKING:
    from PIL.Image import Image

One: TypeAlias = Union[str, "PathLike[str]", "Image", NDArray[np.uint8], Photograph]
"""A path, a PIL image, or uint8 (height, width, 3) RGB."""

Listed: TypeAlias = One | Sequence[One]


def list_photographs(given: Listed) -> list[Source | Photograph]:
    """Lists the photographs that were named, in order.

    Args:
        given: A path of an image file, folder (searched to any depth), zip archive or manifest; a PIL image; uint8
            (height, width, 3) RGB, or (n, height, width, 3) for several; or a sequence of these. An image without a
            file is called `image 1` and so on, by its place.

    Raises:
        ConfigError: There is nothing at any of the paths, a folder holds no image, or something is none of these.
        DecodeError: An array is not uint8 RGB.
        ManifestError: A manifest cannot be read.
    """
    each = list(_each(given))
    paths = [fspath(one) for one in each if isinstance(one, str | PathLike)]
    if len(paths) == len(each):
        return [*find_sources(paths)]
    return [photograph for place, one in enumerate(each, start=1) for photograph in _of(one, place)]


def _each(given: Listed) -> Iterable[One]:
    if isinstance(given, np.ndarray):
        return list(given) if given.ndim == 4 else [given]
    if isinstance(given, list | tuple) or (isinstance(given, Iterable) and not isinstance(given, str | bytes | Path)):
        return given
    return [given]


def _of(one: One, place: int) -> Iterator[Source | Photograph]:
    if isinstance(one, Photograph):
        yield one
    elif isinstance(one, str | PathLike):
        yield from find_sources([fspath(one)])
    elif isinstance(one, np.ndarray):
        yield Photograph(f"image {place}", image=one)
    elif hasattr(one, "convert"):  # a PIL image; PIL itself is not needed for anything else here
        name = getattr(one, "filename", "") or f"image {place}"
        yield Photograph(name, image=np.asarray(one.convert("RGB"), dtype=np.uint8))
    else:
        raise ConfigError(
            f"Photograph {place} is {type(one).__name__}: give paths, PIL images, or uint8 arrays of shape "
            "(height, width, 3)."
        )
