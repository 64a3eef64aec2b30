import numpy as np

from fundusfm.data.synthetic.retina.vessels import ARTERY_TO_VEIN, Territory, grow_vessels
from fundusfm.data.synthetic.subject import draw_subject

FOVEA = (2.5, 0.3)


def _grow(seed: int):
    return grow_vessels(np.random.default_rng(seed), draw_subject(0, 0), FOVEA)


def test_no_vessel_enters_the_foveal_zone() -> None:
    for branches in _grow(1)[1:]:
        for path, used in zip(branches.points, branches.used, strict=True):
            assert np.hypot(*(path[2 : used - 1] - FOVEA).T).min(initial=9.0) > 0.3


def test_vessels_only_narrow_on_their_way_and_daughters_are_narrower_than_trunks() -> None:
    generations = _grow(2)
    for branches in generations:
        assert (np.diff(branches.calibres, axis=1) <= 1e-12).all()
    widest = [branches.calibres.max() for branches in generations]
    assert widest == sorted(widest, reverse=True)


def test_arteries_are_two_thirds_of_veins_at_the_disc() -> None:
    ratios = []
    for seed in range(12):
        trunks = _grow(seed)[0]
        start = trunks.calibres[:8, 0]
        arterial = trunks.arterial[:8]
        ratios.append(start[arterial].mean() / start[~arterial].mean())
    assert abs(np.mean(ratios) - ARTERY_TO_VEIN) < 0.05


def test_a_branch_ends_where_its_own_kind_already_is() -> None:
    generations = _grow(3)
    territory = Territory()
    territory.settle(generations[0], leaving=np.inf)
    again, _ = territory.settle(generations[0])
    assert (again.used < generations[0].used[:1].max()).all()
