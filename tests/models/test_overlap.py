"""Leaks are found by photograph, whatever the store is called and however it was cut."""

import copy
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from fundusfm.data.store.reader import Store, open_store
from fundusfm.models.bundle import Bundle
from fundusfm.models.card.schema import TrainingData
from fundusfm.models.network import attach_head
from fundusfm.models.overlap import training_overlap
from fundusfm.models.photographs import TrainingPhotographs
from fundusfm.models.resolve import without_head
from fundusfm.models.start import start_network
from fundusfm.models.trainable import load_bundle, save_bundle


@pytest.fixture(scope="module")
def fresh() -> Bundle:
    return start_network("scratch", backbone="mobilenetv2_035", size=64)


@pytest.fixture
def trained(fresh: Bundle, store: Path, tmp_path: Path) -> Bundle:
    """A bundle that knows the first 20 photographs."""
    seen = TrainingPhotographs.of([open_store(str(store)).take(range(20))])
    save_bundle(tmp_path / "bundle", fresh.network, fresh.card, photographs=seen)
    return load_bundle(tmp_path / "bundle")


def test_a_backbone_has_not_seen_what_its_head_was_fitted_on(fresh: Bundle, store: Path, tmp_path: Path) -> None:
    opened = open_store(str(store))
    seen = TrainingPhotographs.of([opened.take(range(20))], head=True)
    data = TrainingData(name="other", rows=32, patients=16, hash=opened.hash, head=True)
    network = copy.deepcopy(fresh.network)
    attach_head(network, 1)
    card = fresh.card.model_copy(update={"labels": ["abnormal"], "task": "binary", "training_data": [data]})
    save_bundle(tmp_path / "probed", network, card, photographs=seen)
    probed = load_bundle(tmp_path / "probed")
    assert len(training_overlap(probed, opened)) == 32
    assert not training_overlap(without_head(probed), opened)


def _renamed(store: Store) -> Store:
    changed = copy.copy(store)
    changed.frame = store.frame.assign(sha256=[f"{number:064x}" for number in range(len(store))])
    return changed


def test_one_row_fewer_hides_nothing(trained: Bundle, store: Path) -> None:
    opened = open_store(str(store))
    assert len(training_overlap(trained, opened)) == 20
    seen = training_overlap(trained, opened.take(range(1, 32)))
    assert (len(seen), seen.first, str(seen)) == (19, 0, "19 of these 31 photographs")
    assert not training_overlap(trained, opened, np.arange(20, 32))


def test_copies_are_told_by_their_looks(trained: Bundle, store: Path) -> None:
    seen = training_overlap(trained, _renamed(open_store(str(store))))
    assert seen.same.sum() == 0
    assert seen.copies[:20].all()
    assert "as other files that look the same" in str(seen)


def test_a_second_entry_of_the_card_hides_nothing(fresh: Bundle, store: Path) -> None:
    opened = open_store(str(store))
    entries = [
        TrainingData(name="tiny", rows=16, patients=8, hash=opened.hash, select=f"eye == {eye}")
        for eye in ("left", "right")
    ]
    for count, expected in ((1, 16), (2, 32)):
        card = fresh.card.model_copy(update={"training_data": entries[:count]})
        assert len(training_overlap(replace(fresh, card=card), opened)) == expected


def test_other_photographs_are_not_taken_for_known_ones(trained: Bundle, store: Path) -> None:
    opened = open_store(str(store))
    assert not training_overlap(trained, _renamed(opened).take(range(20, 32))).copies.any()
