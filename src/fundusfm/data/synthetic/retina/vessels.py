"""Grows the vessel trees: four arcades of an artery and a vein each, and their branches, as smooth centrelines.

Calibres follow Murray's law at every branching (Murray, PNAS 12:207, 1926): the cube of the parent's
calibre is the sum of the cubes of its daughters'.
"""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from scipy.interpolate import Akima1DInterpolator

from fundusfm.data.synthetic.arrays import Mask, Points
from fundusfm.data.synthetic.subject import Subject

VEIN_CALIBRE = 0.082
"""Of a temporal vein at the disc, disc diameters."""
ARTERY_TO_VEIN = 2 / 3
_THINNEST = 0.0125
_FOVEAL_ZONE = 0.38
_FARTHEST = 9.0
_TRUNK_POINTS = 90
_CELL = 0.085
_CELLS = 240
_LEAVING = 0.28
_FEWEST_POINTS = 7
_TIP = 0.55

# Superior trunks in the order they are passed; inferior ones mirror them. x to the temple, y upwards here.
_TEMPORAL = np.array(
    [
        [-0.10, 0.02],
        [-0.07, 0.28],
        [0.08, 0.72],
        [0.62, 1.42],
        [1.65, 2.05],
        [3.0, 2.25],
        [4.5, 2.00],
        [6.2, 1.75],
        [8.2, 1.9],
    ]
)
_NASAL = np.array(
    [[-0.12, 0.02], [-0.16, 0.22], [-0.38, 0.62], [-0.95, 1.25], [-1.9, 1.95], [-3.0, 2.5], [-4.3, 2.9], [-6.5, 3.3]]
)

Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Branches:
    """Vessel centrelines of one generation; n of them with t points each, of which the first `used` count."""

    points: Points
    """Shape (n, t, 2)."""
    calibres: Numbers
    """Shape (n, t), disc diameters."""
    used: npt.NDArray[np.int64]
    """Shape (n,)."""
    arterial: Mask
    """Shape (n,)."""


@dataclass(frozen=True)
class _Rule:
    """How one generation branches; lengths in disc diameters, `shares` of the parent's calibre, `bend` in radians."""

    spacing: float
    shares: tuple[float, float]
    lengths: tuple[float, float]
    bend: tuple[float, float]


_RULES = (
    _Rule(0.50, (0.28, 0.66), (1.2, 4.2), (0.55, 1.00)),
    _Rule(0.46, (0.45, 0.80), (0.5, 2.2), (0.45, 0.90)),
    _Rule(0.50, (0.55, 0.90), (0.3, 1.1), (0.45, 1.00)),
)


@dataclass
class Territory:
    """Which places already have an artery, or a vein: a vessel never runs through its own kind's territory."""

    taken: Mask = field(default_factory=lambda: np.zeros((2, _CELLS + 2, _CELLS + 2), dtype=bool))

    def settle(self, branches: Branches, *, leaving: float = _LEAVING) -> tuple[Branches, npt.NDArray[np.int64]]:
        """Cuts branches off where they would enter taken ground, drops those left too short, and takes the rest.

        Args:
            branches: The branches of one generation.
            leaving: Distance from its start within which a branch may cross taken ground: that of its parent.

        Returns:
            The branches that are left, and which of the given ones they are.
        """
        grid = np.clip((branches.points / _CELL + _CELLS / 2).astype(int), 1, _CELLS)
        row = _CELLS + 2
        cells = grid[..., 1] * row + grid[..., 0]
        around = np.array([down * row + across for down in (-1, 0, 1) for across in (-1, 0, 1)])
        away = np.hypot(*np.moveaxis(branches.points - branches.points[:, :1], 2, 0)) > leaving
        used = branches.used.copy()
        kept = []
        # The widest first: a trunk is never stopped by a twig.
        for i in np.argsort(-branches.calibres[:, 0], kind="stable"):
            ground = self.taken[int(branches.arterial[i])].reshape(-1)
            met = np.flatnonzero(ground[cells[i, : used[i]]] & away[i, : used[i]])
            if len(met):
                used[i] = met[0]
            if used[i] < _FEWEST_POINTS:
                continue
            kept.append(i)
            ground[cells[i, : used[i], None] + around] = True
        chosen = np.array(sorted(kept), dtype=np.int64)
        return Branches(
            points=branches.points[chosen],
            calibres=branches.calibres[chosen],
            used=used[chosen],
            arterial=branches.arterial[chosen],
        ), chosen


def grow_vessels(rng: np.random.Generator, subject: Subject, fovea: tuple[float, float]) -> list[Branches]:
    """Grows both trees of one eye, from the trunks to twigs of about 22 micrometres.

    Args:
        rng: Stream of the stage.
        subject: Severe diabetic retinopathy and age make vessels more tortuous.
        fovea: Its position, disc diameters.
    """
    tortuosity = rng.uniform(0.08, 0.24) + 0.08 * subject.severities.get("diabetic_retinopathy", 0.0)
    trunks = _trunks(rng, tortuosity)
    territory = Territory()
    # Trunks share the disc and run side by side; they are never cut.
    trunks, _ = territory.settle(trunks, leaving=np.inf)
    generations = [trunks]
    for rule in _RULES:
        generations.append(_branch(rng, generations[-1], fovea, rule, territory, tortuosity))
    return generations


def _trunks(rng: np.random.Generator, tortuosity: float) -> Branches:
    points, calibres, arterial = [], [], []
    spread = rng.normal(1.0, 0.06)
    vein = VEIN_CALIBRE * rng.normal(1.0, 0.08)
    for template, share in ((_TEMPORAL, 1.0), (_NASAL, 0.72)):
        for side in (-1.0, 1.0):
            for artery in (True, False):
                knots = template * np.array([1.0, side])
                knots[2:] *= spread * (0.93 if artery else 1.04) * rng.normal(1.0, 0.035)
                knots += rng.normal(0.0, 1.0, knots.shape) * np.linspace(0.02, 0.30, len(knots))[:, None]
                # Arteries leave the disc beside their vein, more often on its nasal side.
                knots[:3] += np.array([-0.055 if artery else 0.045, 0.0]) + rng.normal(0.0, 0.015, 2)
                points.append(_through(knots, rng, tortuosity))
                calibres.append(vein * share * (ARTERY_TO_VEIN if artery else 1.0) * rng.normal(1.0, 0.07))
                arterial.append(artery)
    # Small vessels that leave the disc on their own, towards the macula and straight to the nasal side.
    for _ in range(int(rng.integers(6, 11))):
        towards_macula = rng.random() < 0.45
        angle = rng.normal(0.0, 0.55) if towards_macula else np.pi + rng.normal(0.0, 0.75)
        start = 0.16 * np.array([np.cos(angle), np.sin(angle)])
        reach = rng.uniform(1.0, 1.75) if towards_macula else rng.uniform(1.5, 4.0)
        end = start + reach * np.array([np.cos(angle * 0.8 if towards_macula else angle), np.sin(angle)])
        bow = np.array([-(end - start)[1], (end - start)[0]]) * rng.normal(0.0, 0.12)
        knots = np.array([start, start * 0.6 + end * 0.4 + bow, end])
        points.append(_through(knots, rng, tortuosity))
        calibres.append(VEIN_CALIBRE * rng.uniform(0.2, 0.42))
        arterial.append(bool(rng.random() < 0.55))
    stacked = np.stack(points)
    return Branches(
        points=stacked,
        calibres=np.repeat(np.array(calibres)[:, None], _TRUNK_POINTS, axis=1),
        used=np.full(len(stacked), _TRUNK_POINTS),
        arterial=np.array(arterial),
    )


def _through(knots: Points, rng: np.random.Generator, tortuosity: float) -> Points:
    """Runs a smooth curve through knots, evenly spaced points, with gentle meanders across it."""
    steps = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(knots, axis=0).T))])
    # Akima's curve needs no system of equations, whose threads would fight over the cores of parallel workers.
    curve = Akima1DInterpolator(steps, knots)
    at = np.linspace(0.0, steps[-1], _TRUNK_POINTS)
    tangent = curve(at, 1)
    normal = np.stack([-tangent[:, 1], tangent[:, 0]], axis=1) / np.hypot(*tangent.T)[:, None]
    meander = sum(
        rng.normal(0.0, 0.11 * tortuosity * period) * np.sin(2 * np.pi * (at / period + rng.random()))
        for period in (0.7, 1.1, 1.9)
    )
    calm = np.clip(at / 0.8, 0.0, 1.0)
    return np.asarray(curve(at) + normal * (meander * calm)[:, None])


def _branch(
    rng: np.random.Generator,
    parents: Branches,
    fovea: tuple[float, float],
    rule: _Rule,
    territory: Territory,
    tortuosity: float,
) -> Branches:
    """Lets every parent branch along its way, grows the daughters where there is room, and thins the parents."""
    n, t = parents.calibres.shape
    steps = np.hypot(*np.moveaxis(np.diff(parents.points, axis=1), 2, 0))
    travelled = np.concatenate([np.zeros((n, 1)), np.cumsum(steps, axis=1)], axis=1)
    total = travelled[np.arange(n), parents.used - 1][:, None]
    slots = max(1, int(total.max() / rule.spacing))
    at = rule.spacing * (0.5 + np.arange(slots) + rng.uniform(-0.35, 0.35, (n, slots)))
    # No branching on the disc itself: trunks start there.
    at += np.where(np.hypot(*parents.points[:, 0].T) < 0.5, 0.55, 0.0)[:, None]
    place = np.clip((travelled[:, None, :] < at[:, :, None]).sum(axis=2), 1, t - 2)
    share = rng.uniform(*rule.shares, (n, slots))
    share[rng.random((n, slots)) < 0.12] = 0.9
    wide_enough = parents.calibres[:, :1] * 0.8 * share > _THINNEST
    mother, slot = np.nonzero((at < total * 0.97) & wide_enough)

    spot = place[mother, slot]
    start = parents.points[mother, spot]
    ahead = parents.points[mother, spot + 1] - parents.points[mother, spot - 1]
    # Branches leave on alternating sides; those on the side of the fovea supply the macula.
    side = np.where((slot + mother) % 2 == 0, 1.0, -1.0) * np.where(rng.random(len(slot)) < 0.2, -1.0, 1.0)
    to = np.array(fovea) - start
    near = np.hypot(to[:, 0], to[:, 1])
    fovea_side = np.sign(ahead[:, 0] * to[:, 1] - ahead[:, 1] * to[:, 0])
    to_fovea = (start[:, 0] > 0.15) & (side == fovea_side) & (near > _FOVEAL_ZONE) & (near < 3.6)
    length = rng.uniform(*rule.lengths, len(side)) * (0.6 + 0.8 * share[mother, slot])
    heading = np.arctan2(ahead[:, 1], ahead[:, 0]) + side * rng.uniform(*rule.bend, len(side))
    daughters = _grow(
        rng,
        start=start,
        heading=heading,
        length=length,
        calibre=parents.calibres[mother, spot] * share[mother, slot],
        arterial=parents.arterial[mother],
        to_fovea=to_fovea,
        fovea=fovea,
        tortuosity=tortuosity,
    )
    daughters, grown = territory.settle(daughters)

    # Murray's law: what one daughter takes is missing in the parent beyond her.
    left = np.ones((n, t))
    for mother_, spot_, share_ in zip(mother[grown], spot[grown], share[mother, slot][grown], strict=True):
        left[mother_, spot_ + 1] *= (1 + share_**3) ** (-1 / 3)
    parents.calibres[:] *= np.cumprod(left, axis=1)
    beyond = parents.calibres[mother[grown], spot[grown] + 1]
    taper = np.linspace(1.0, _TIP, daughters.calibres.shape[1])
    daughters.calibres[:] = (beyond * share[mother, slot][grown])[:, None] * taper
    return daughters


def _grow(
    rng: np.random.Generator,
    *,
    start: Points,
    heading: Numbers,
    length: Numbers,
    calibre: Numbers,
    arterial: Mask,
    to_fovea: Mask,
    fovea: tuple[float, float],
    tortuosity: float,
    points: int = 26,
) -> Branches:
    """Grows branches step by step: each turns towards where it is needed, and meanders on the way."""
    n = len(start)
    step = length / (points - 1)
    along = np.linspace(0.0, 1.0, points)[None, :] * length[:, None]
    meander = np.zeros((n, points))
    for period in (0.35, 0.8, 1.6):
        phase = rng.random((n, 1))
        meander += rng.normal(0.0, 0.85 * tortuosity, (n, 1)) * np.sin(2 * np.pi * (along / period + phase))
    path = np.empty((n, points, 2))
    path[:, 0] = start
    used = np.full(n, points)
    hub = np.array([0.8, 0.0])
    pull = rng.uniform(0.35, 1.1, n)
    base = heading.copy()
    # Each macular twig has a goal of its own around the fovea, or they would all bundle up.
    around = rng.uniform(0, 2 * np.pi, n)
    goal = np.array(fovea) + np.stack([1.15 * np.cos(around), 0.55 * np.sin(around)], axis=1)
    for i in range(1, points):
        position = path[:, i - 1]
        offset = np.where(to_fovea[:, None], goal - position, position - hub)
        wanted = np.arctan2(offset[:, 1], offset[:, 0])
        base += pull * step * np.sin(wanted - base)
        angle = base + meander[:, i] - meander[:, 0]
        path[:, i] = position + step[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
        near = np.hypot(*(path[:, i] - np.array(fovea)).T) < _FOVEAL_ZONE
        ended = near | (np.hypot(*path[:, i].T) > _FARTHEST)
        used = np.where(ended & (used == points), np.minimum(used, i + 1), used)
    taper = np.repeat(calibre[:, None], points, axis=1)
    return Branches(points=path, calibres=taper, used=np.maximum(used, 2), arterial=arterial)
