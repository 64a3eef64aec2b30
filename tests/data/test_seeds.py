"""Seeds made of several numbers never change, whatever Python they are made by."""

from fundusfm.data.seeds import combine_seeds


def test_values_are_fixed() -> None:
    assert combine_seeds(0, 0, 0) == 3010437511937009226
    assert combine_seeds(1, 2, 3) == 529344067295497451
    assert combine_seeds(7, 31) == 8650807165746544567


def test_every_number_counts() -> None:
    seeds = {combine_seeds(seed, epoch, row) for seed in range(5) for epoch in range(5) for row in range(40)}
    assert len(seeds) == 1000
    assert all(0 <= seed < 2**63 for seed in seeds)
