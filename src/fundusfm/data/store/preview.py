"""A sheet of crops to look at: did the circle fit?"""

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from fundusfm.data.decode.image import decode
from fundusfm.data.encode import png_bytes
from fundusfm.data.store.reader import Store
from fundusfm.errors import DecodeError
from fundusfm.runs import write_atomic

_TILE = 200
_LABEL = 18
_COLUMNS = 4
_MARGIN = 0.15
_GREY = (70, 70, 70)
_FOUND, _FALLBACK = (0, 230, 0), (255, 60, 60)


def write_preview(store: Store, count: int) -> Path:
    """Writes `preview.png` into the store's folder.

    Each photograph takes two tiles: the original with the fitted circle (green; red where none was found and the full
    frame is kept), and the crop. Those without a circle come first, the others are spread evenly over the store.

    Args:
        store: A local store.
        count: Number of photographs.

    Returns:
        The path of the sheet.
    """
    tiles = [_pair(store, position) for position in _chosen(store, count)]
    while len(tiles) % _COLUMNS and len(tiles) > _COLUMNS:
        tiles.append(np.full_like(tiles[0], _GREY))
    rows = [np.hstack(tiles[start : start + _COLUMNS]) for start in range(0, len(tiles), _COLUMNS)]
    path = Path(store.path) / "preview.png"
    write_atomic(path, png_bytes(np.vstack(rows)))
    return path


def _chosen(store: Store, count: int) -> list[int]:
    found = store.frame["fov_found"].to_numpy(bool)
    without, others = np.flatnonzero(~found)[:count], np.flatnonzero(found)
    spread = np.linspace(0, len(others) - 1, min(count - len(without), len(others))).astype(int)
    return [*map(int, without), *map(int, others[spread])]


def _pair(store: Store, position: int) -> NDArray[np.uint8]:
    row = store.frame.iloc[position]
    crop = cv2.resize(store.image(position), (_TILE, _TILE), interpolation=cv2.INTER_AREA)
    pair = np.hstack([_original(store, position, str(row["source"])), np.asarray(crop, np.uint8)])
    label = np.full((_LABEL, pair.shape[1], 3), _GREY, np.uint8)
    text = str(row["image"])[-30:] + ("" if row["fov_found"] else f": {row['fov_reason']}")
    # OpenCV's fonts hold ASCII only.
    cv2.putText(
        label,
        text.encode("ascii", "replace").decode(),
        (3, _LABEL - 5),
        cv2.FONT_HERSHEY_SIMPLEX,
        0.38,
        (255, 255, 255),
        1,
        cv2.LINE_AA,
    )
    return np.pad(np.vstack([label, pair]), ((0, 2), (0, 2), (0, 0)))


def _original(store: Store, position: int, source: str) -> NDArray[np.uint8]:
    tile = np.full((_TILE, _TILE, 3), _GREY, np.uint8)
    try:
        decoded = decode(source, min_side=_TILE)
    except DecodeError:  # the store may have been moved to where the originals are not
        cv2.putText(tile, "original not here", (10, _TILE // 2), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (255, 255, 255), 1)
        return tile
    longest = max(decoded.original_height, decoded.original_width)
    factor = _TILE * (1 - 2 * _MARGIN) / longest
    size = max(1, round(decoded.original_width * factor)), max(1, round(decoded.original_height * factor))
    left, top = (_TILE - size[0]) // 2, (_TILE - size[1]) // 2
    tile[top : top + size[1], left : left + size[0]] = cv2.resize(decoded.image, size, interpolation=cv2.INTER_AREA)
    fov = store.crop(position).fov
    centre = round(left + fov.x * factor), round(top + fov.y * factor)
    cv2.circle(tile, centre, round(fov.radius * factor), _FOUND if fov.found else _FALLBACK, 1, cv2.LINE_AA)
    return tile
