"""Every stage of every photograph has numbers of its own."""

import numpy as np

from fundusfm.data.synthetic.streams import Stage, enlarge, smooth_noise, stream


def test_streams_depend_on_seed_stage_and_number() -> None:
    first = stream(1, Stage.EYE, 2).random()
    assert stream(1, Stage.EYE, 2).random() == first
    others = [stream(2, Stage.EYE, 2), stream(1, Stage.DISC, 2), stream(1, Stage.EYE, 3)]
    assert first not in [other.random() for other in others]


def test_noise_is_smooth_and_as_large_as_asked() -> None:
    noise = smooth_noise(np.random.default_rng(0), 12, 90, 140)
    assert noise.shape == (90, 140) and noise.dtype == np.float32
    assert abs(noise.mean()) < 0.3 and 0.5 < noise.std() < 1.2
    assert np.abs(np.diff(noise, axis=1)).max() < 1.0


def test_enlarged_maps_keep_their_values() -> None:
    field = np.array([[0.0, 1.0], [2.0, 3.0]], np.float32)
    large = enlarge(field, 40)
    assert large.shape == (40, 40) and (large[0, 0], large[-1, -1]) == (0.0, 3.0)
