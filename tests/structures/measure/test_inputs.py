"""What is read before it is measured; `test_command.py` reads whole manifests and folders."""

import numpy as np

from fundusfm.structures.measure.inputs import with_crossings


def test_crossings_belong_to_both_and_what_is_uncertain_to_neither() -> None:
    arteries, veins, unsure = (np.zeros((20, 20), np.bool_) for _ in range(3))
    arteries[10, :9] = arteries[10, 12:] = veins[:9, 10] = veins[12:, 10] = True
    unsure[9:12, 9:12] = unsure[2, 2:8] = True
    masks = with_crossings({"arteries": arteries, "veins": veins}, dict.fromkeys(("arteries", "veins"), ~unsure))
    assert masks["arteries"][10].all() and masks["veins"][:, 10].all()
    assert not (masks["arteries"] | masks["veins"])[2, 2:8].any()


def test_masks_without_crossings_stay_as_they_are() -> None:
    arteries = np.eye(5, dtype=np.bool_)
    assert with_crossings({"arteries": arteries}, {})["arteries"] is arteries
