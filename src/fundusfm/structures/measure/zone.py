"""Zone B, the ring around the optic disc where vessels are measured, and the vessels that cross it."""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from fundusfm.models.segmentation.arrays import Mask
from fundusfm.structures.findings import FoundDisc
from fundusfm.structures.measure.calibre import widths_across
from fundusfm.structures.measure.segments import Segment, segments
from fundusfm.structures.scoring.skeleton import centreline

INNER, OUTER = 0.5, 1.0
"""Zone B begins and ends this many disc diameters from the disc's edge (Hubbard et al., Ophthalmology 1999)."""

_SPAN = 1 / 3
"""Least share of the zone's depth that a vessel crosses; shorter pieces are twigs, or run along the zone."""

_TOUCH = 5.0
"""Ends of centrelines so close, in pixels, were parted by one branch point."""

_GAP = 0.3
"""Longest gap within one vessel, in disc diameters: where vessels cross, masks often leave one of them open."""

_ALIGNED = float(np.cos(np.radians(40)))
"""Least cosine of the turn from one piece of a vessel to the next."""

_ALIKE = 0.75
"""Least ratio of the widths of two pieces of one vessel; the two equal branches of a trunk have 0.79 of its width."""

Path = NDArray[np.float64]


@dataclass(frozen=True)
class ZoneVessel:
    """A vessel that crosses zone B.

    Attributes:
        path: float (n, 2), row and column of its centreline within the zone.
        calibre: Median width along it, in pixels.
    """

    path: Path
    calibre: float


def radii(disc: FoundDisc) -> tuple[float, float]:
    """Returns the distances from the disc's centre between which zone B lies, in pixels."""
    return (INNER + 0.5) * disc.diameter, (OUTER + 0.5) * disc.diameter


def zone_seen(disc: FoundDisc, fov: Mask) -> float:
    """Returns the share of zone B that lies in the field of view."""
    inner, outer = radii(disc)
    distance = _distances(fov.shape, disc)
    return float((fov & (distance >= inner) & (distance <= outer)).sum() / (np.pi * (outer**2 - inner**2)))


def vessels_in_zone(mask: Mask, disc: FoundDisc) -> list[ZoneVessel]:
    """Returns the vessels that cross zone B, the widest first.

    The centreline is cut at branch points. Twigs shorter than the vessel is wide are left out. Pieces of like width
    that continue each other, past a side branch or across a gap, are joined. Of a trunk and its branches those count
    that cross more of the zone: a vessel is never counted twice along its way.

    Args:
        mask: bool (height, width), arteries or veins.
        disc: The optic disc, with its diameter.
    """
    inner, outer = radii(disc)
    margin = outer + disc.diameter / 4  # so that the edge of the crop bends no centreline within the zone
    top, left = (max(0, int(at - margin)) for at in (disc.y, disc.x))
    near = mask[top : int(disc.y + margin) + 1, left : int(disc.x + margin) + 1]
    if not near.any():
        return []
    around = FoundDisc(disc.x - left, disc.y - top, disc.diameter)
    distance = _distances(near.shape, around)
    ring = (distance >= inner) & (distance <= outer)
    filled = near.astype(np.float32)
    # Where vessels meet, a width can be up to twice that of the widest vessel.
    reach = 4 * float(cv2.distanceTransform(np.pad(near, 1).astype(np.uint8), cv2.DIST_L2, 5).max()) + 2
    pieces = _without_spurs(segments(centreline(near) & ring), filled, reach)

    def width(path: Path) -> float:
        widths = widths_across(filled, path, reach=reach)
        return float(np.nanmedian(widths)) if np.isfinite(widths).any() else float("nan")

    paths = _joined(pieces, _GAP * disc.diameter, width)
    chosen = _once_along_the_way(paths, around, _SPAN * (outer - inner))
    found = [ZoneVessel(path + np.array([top, left]), width(path)) for path in chosen]
    found = [vessel for vessel in found if np.isfinite(vessel.calibre)]
    return sorted(found, key=lambda vessel: -vessel.calibre)


def _distances(shape: tuple[int, ...], disc: FoundDisc) -> NDArray[np.float64]:
    down = np.arange(shape[0])[:, None] + 0.5 - disc.y
    return np.asarray(np.hypot(down, np.arange(shape[1])[None] + 0.5 - disc.x))


def _without_spurs(pieces: list[Segment], mask: NDArray[np.float32], reach: float) -> list[Path]:
    """Leaves out pieces that are shorter than wide and touch another piece with one end."""
    paths = [piece.path for piece in pieces if len(piece.path) > 1]
    kept = []
    for place, path in enumerate(paths):
        others = [end for other, whole in enumerate(paths) if other != place for end in (whole[0], whole[-1])]
        apart = np.array(others).reshape(-1, 1, 2) - path[[0, -1]][None]
        touching = int((np.hypot(apart[..., 0], apart[..., 1]) <= _TOUCH).any(axis=0).sum())
        if touching == 1:
            width = float(np.nanmax(np.append(widths_across(mask, path, reach=reach), 0.0)))
            if Segment(path).arc < max(width, _TOUCH):
                continue
        kept.append(path)
    return kept


End = tuple[int, bool]
"""Number of a path, and whether its last place is meant."""


def _joined(paths: list[Path], gap: float, width: Callable[[Path], float]) -> list[Path]:
    """Joins the pieces of one vessel: across side branches, and across gaps such as crossings.

    Args:
        paths: Each float (n, 2).
        gap: Longest distance between two pieces, in pixels.
        width: Returns the width along a path.
    """
    widths = [width(path) for path in paths]
    while pair := _best_pair(paths, widths, gap):
        first, second = pair
        head = paths[first[0]] if first[1] else paths[first[0]][::-1]
        tail = paths[second[0]][::-1] if second[1] else paths[second[0]]
        left = [place for place in range(len(paths)) if place not in (first[0], second[0])]
        whole = np.concatenate([head, tail])
        paths, widths = [*(paths[place] for place in left), whole], [*(widths[place] for place in left), width(whole)]
    return paths


def _best_pair(paths: list[Path], widths: list[float], gap: float) -> tuple[End, End] | None:
    """Returns two ends that belong together: of those that touch the straightest, otherwise the nearest."""
    if len(paths) < 2:
        return None
    ends = [(number, last) for number in range(len(paths)) for last in (False, True)]
    at = np.array([paths[number][-1 if last else 0] for number, last in ends])
    apart = np.hypot(*(at[:, None] - at[None]).transpose(2, 0, 1))
    best: tuple[tuple[bool, float], End, End] | None = None
    for one, other in np.argwhere(np.triu(apart <= max(gap, _TOUCH), 1)).tolist():
        pair = widths[ends[one][0]], widths[ends[other][0]]
        # Written so that a width that is not known, NaN, does not fit.
        if ends[one][0] == ends[other][0] or not min(pair) >= _ALIKE * max(pair):
            continue
        headings = _heading(paths, ends[one]), _heading(paths, ends[other])
        straight, distance = -float(headings[0] @ headings[1]), float(apart[one, other])
        between = (at[other] - at[one]) / max(distance, 1e-9)
        touch = distance <= _TOUCH
        turn = straight if touch else min(float(headings[0] @ between), -float(headings[1] @ between))
        key = (not touch, -straight if touch else distance)
        if turn >= _ALIGNED and (best is None or key < best[0]):
            best = key, ends[one], ends[other]
    return best[1:] if best else None


def _heading(paths: list[Path], end: End) -> Path:
    """Returns the direction in which a path would go on beyond an end."""
    path = paths[end[0]] if end[1] else paths[end[0]][::-1]
    step = path[-1] - path[max(-len(path), -9)]
    return np.asarray(step / max(float(np.hypot(*step)), 1e-9))


def _once_along_the_way(paths: list[Path], disc: FoundDisc, least: float) -> list[Path]:
    """Keeps of each tree the paths that cross most of the zone, no two of which follow each other."""
    spans = [_span(path, disc) for path in paths]
    order = sorted(range(len(paths)), key=lambda place: spans[place][0] - spans[place][1])
    trees = _trees(paths)
    kept: list[int] = []
    for place in order:
        low, high = spans[place]
        if high - low < least:
            continue
        same = [spans[other] for other in kept if trees[other] == trees[place]]
        # Side by side they overlap in distance from the disc, one after the other they do not.
        if all(min(high, top) - max(low, bottom) >= (high - low) / 2 for bottom, top in same):
            kept.append(place)
    return [paths[place] for place in kept]


def _span(path: Path, disc: FoundDisc) -> tuple[float, float]:
    distance = np.hypot(path[:, 0] + 0.5 - disc.y, path[:, 1] + 0.5 - disc.x)
    return float(distance.min()), float(distance.max())


def _trees(paths: list[Path]) -> list[int]:
    """Returns the number of each path's tree: paths whose ends touch are of one."""
    tree = list(range(len(paths)))
    for one in range(len(paths)):
        for other in range(one):
            ends = np.hypot(*(paths[one][[0, -1]][:, None] - paths[other][[0, -1]][None]).transpose(2, 0, 1))
            if ends.min() <= _TOUCH:
                old, new = tree[one], tree[other]
                tree = [new if number == old else number for number in tree]
    return tree
