"""A store is read by row, by view, by URL; damage is said."""

import pickle
from pathlib import Path

import numpy as np
import pytest

from fundusfm.commands.data import prepare
from fundusfm.data.store.reader import open_store
from fundusfm.errors import StoreError


def test_images_and_geometry(table: Path, tmp_path: Path) -> None:
    prepare(manifest=f"other={table}", size=64, out=str(tmp_path / "s"), workers=1)
    store = open_store(f"mine={tmp_path / 's'}")
    assert store.name == "mine" and store.header.dataset == "other"
    image = store.image(0)
    assert image.shape == (64, 64, 3) and image.dtype == np.uint8
    assert np.abs(image[32, 32].astype(int) - [180, 90, 40]).max() <= 6
    assert store.encoded(0)[:2] == b"\xff\xd8"
    assert store.crop(0).fov.radius == pytest.approx(34.5, abs=1)
    assert store.crop(0).to_original(np.array([[32.0, 32.0]]))[0] == pytest.approx([50.5, 40.5], abs=1)


def test_views_pickle_and_hash(table: Path, tmp_path: Path) -> None:
    prepare(manifest=str(table), size=32, out=str(tmp_path / "s"), workers=1)
    store = open_store(str(tmp_path / "s"))
    mask = (store.frame["grade"] == "1").to_numpy()
    view = store.take(mask)
    assert len(view) == mask.sum() and len(store.take([])) == 0 and len(store.take(~mask).take([0, 1])) == 2
    position = int(np.flatnonzero(mask)[1])
    assert view.encoded(1) == store.encoded(position)
    assert view.frame.index[1] == store.frame.index[position]
    copy = pickle.loads(pickle.dumps(view))  # noqa: S301 - what a data loader's workers do
    assert copy.encoded(1) == view.encoded(1) and copy.hash == view.hash
    assert store.hash == open_store(str(tmp_path / "s")).hash != view.hash
    with pytest.raises(ValueError, match="mask"):
        store.take(np.ones(3, bool))


def test_a_store_reads_the_same_through_a_url(table: Path, tmp_path: Path) -> None:
    prepare(manifest=str(table), size=32, out=str(tmp_path / "s"), workers=1)
    local, remote = open_store(str(tmp_path / "s")), open_store(f"far=file://{tmp_path / 's'}")
    assert remote.name == "far" and remote.hash == local.hash
    assert remote.encoded(16) == local.encoded(16)
    with pytest.raises(StoreError, match="no store at"):
        open_store("memory://nowhere/at-all")


def test_open_store_says_how_to_get_one(table: Path, tmp_path: Path) -> None:
    for source, message in ((tmp_path / "none", "no store at"), (table, "is a file"), (tmp_path, "without header")):
        with pytest.raises(StoreError, match=message) as caught:
            open_store(str(source))
        assert "fundusfm data prepare" in str(caught.value)


def test_damage_in_a_store_is_said_clearly(table: Path, tmp_path: Path) -> None:
    out = tmp_path / "s"
    prepare(manifest=str(table), size=32, out=str(out), workers=1)
    header = (out / "header.json").read_text()
    (out / "header.json").write_text(header.replace('"format": 1', '"format": 99'))
    with pytest.raises(StoreError, match="format 99"):
        open_store(str(out))
    (out / "header.json").write_text(header[:20])
    with pytest.raises(StoreError, match="damaged"):
        open_store(str(out))
    (out / "header.json").write_text(header)
    (out / "shard-00001.tar").write_bytes(b"x")
    with pytest.raises(StoreError, match="damaged"):
        open_store(str(out)).image(10)
    (out / "shard-00001.tar").unlink()
    with pytest.raises(StoreError, match="lacks"):
        open_store(str(out)).image(10)
