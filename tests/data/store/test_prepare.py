"""From manifest to store: nothing lost, the same bytes however it was built."""

import csv
import pickle
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from fundusfm.commands.data import prepare
from fundusfm.data.store import format as store_format
from fundusfm.data.store import prepare as prepare_run
from fundusfm.data.store import writer as store_writer
from fundusfm.data.store.reader import open_store
from fundusfm.errors import ConfigError, ManifestError, StoreError

_BROKEN = {3: b"", 8: b"no image", 13: b"cut"}


@pytest.fixture(autouse=True)
def _small_shards(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (store_format, store_writer):
        monkeypatch.setattr(module, "ROWS_PER_SHARD", 8)


def _photograph(number: int) -> np.ndarray:
    image = np.zeros((80, 100, 3), np.uint8)
    cv2.circle(image, (50, 40), 34 + number % 5, (180, 90 + number, 40), -1)
    return image


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """20 photographs, of which three are broken, and one full-frame."""
    folder = tmp_path_factory.mktemp("raw") / "clinic"
    folder.mkdir()
    rows = [["image", "patient", "grade"]]
    for number in range(20):
        path = folder / f"{number:02d}.jpg"
        pixels = np.full((40, 40, 3), 90, np.uint8) if number == 5 else _photograph(number)
        Image.fromarray(pixels).save(path)
        content = _BROKEN.get(number)
        if content is not None:
            path.write_bytes(path.read_bytes()[:-90] if content == b"cut" else content)
        rows.append([path.name, f"p{number // 2}", str(number % 3)])
    with (folder / "manifest.csv").open("w", newline="") as file:
        csv.writer(file).writerows(rows)
    return folder / "manifest.csv"


def _content(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_every_row_is_in_the_store_or_rejected(table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    prepare(manifest=str(table), size=48, out=str(tmp_path / "s"), preview=6)
    store = open_store(str(tmp_path / "s"))
    with (tmp_path / "s" / "rejected.csv").open(newline="") as file:
        rejected = list(csv.DictReader(file))
    assert [int(row["row"]) for row in rejected] == [number + 2 for number in _BROKEN]
    assert [
        "empty" in rejected[0]["reason"],
        "not an image" in rejected[1]["reason"],
        "truncated" in rejected[2]["reason"],
    ] == [True] * 3
    assert len(store) + len(rejected) == 20 == store.header.rows + store.header.rejected
    assert list(store.frame["image"]) == [f"{number:02d}.jpg" for number in range(20) if number not in _BROKEN]
    assert set(store.frame.columns) >= {"patient", "grade", "source", "sha256", "fov_x", "fov_found"}
    assert store.name == store.header.dataset == "clinic"
    assert list(np.flatnonzero(~store.frame["fov_found"])) == [4]
    out = capsys.readouterr().out
    assert "17 photographs of 48 px, 3 rejected, 1 without" in out
    sheet = cv2.imread(str(tmp_path / "s" / "preview.png"))
    assert sheet is not None and sheet.std() > 10


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


def test_workers_do_not_change_a_byte(table: Path, tmp_path: Path) -> None:
    for workers in (1, 2):
        prepare(manifest=str(table), size=32, out=str(tmp_path / str(workers)), workers=workers)
    assert _content(tmp_path / "1") == _content(tmp_path / "2")


def test_resume_after_an_interruption(table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    prepare(manifest=str(table), size=32, out=str(whole), workers=1)
    convert, calls = prepare_run.convert, []

    def interrupted(path: Path, size: int) -> object:
        calls.append(path)
        if len(calls) == 13:
            raise KeyboardInterrupt
        return convert(path, size)

    monkeypatch.setattr(prepare_run, "convert", interrupted)
    with pytest.raises(KeyboardInterrupt):
        prepare(manifest=str(table), size=32, out=str(broken), workers=1)
    assert sorted(_content(broken)) == ["plan.json", "shard-00000.arrow"]
    with pytest.raises(StoreError, match="unfinished"):
        open_store(str(broken))
    (broken / ".shard-00001.arrow.123.tmp").write_bytes(b"half")
    prepare(manifest=str(table), size=32, out=str(broken), workers=1, resume=True)
    assert len(calls) == 13 + 12  # the finished shard was not converted again
    assert _content(broken) == _content(whole)
    prepare(manifest=str(table), size=32, out=str(broken), workers=1, resume=True)
    assert _content(broken) == _content(whole)


def test_resume_after_kill_9(table: Path, tmp_path: Path) -> None:
    script = (
        "import sys; from fundusfm.data import store_format, store_writer, prepare_run\n"
        "store_writer.ROWS_PER_SHARD = 8\n"
        "import time; real = prepare_run.convert\n"
        "def slow(path, size): time.sleep(0.1); return real(path, size)\n"
        "prepare_run.convert = slow\n"
        "prepare_run.run(sys.argv[1], size=32, out=sys.argv[2], select=None, workers=1, preview=0, "
        "overwrite=False, resume=False)\n"
    )
    out = tmp_path / "s"
    process = subprocess.Popen([sys.executable, "-c", script, str(table), str(out)], stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while not (out / "shard-00000.arrow").exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    process.kill()
    process.wait()
    assert not (out / "header.json").exists()
    prepare(manifest=str(table), size=32, out=str(out), workers=1, resume=True)
    prepare(manifest=str(table), size=32, out=str(tmp_path / "whole"), workers=1)
    assert _content(out) == _content(tmp_path / "whole")


def test_select_and_overwrite(table: Path, tmp_path: Path) -> None:
    out = str(tmp_path / "s")
    prepare(manifest=str(table), size=32, out=out, select="grade=2", workers=1)
    assert set(open_store(out).frame["grade"]) == {"2"}
    prepare(manifest=str(table), size=32, out=out, workers=1, overwrite=True)
    assert len(open_store(out)) == 17


def test_folders_that_are_refused(table: Path, tmp_path: Path) -> None:
    out = tmp_path / "s"
    prepare(manifest=str(table), size=32, out=str(out), workers=1)
    with pytest.raises(StoreError, match="not empty"):
        prepare(manifest=str(table), size=32, out=str(out))
    with pytest.raises(StoreError, match="size \\(32 then, 48 now\\)"):
        prepare(manifest=str(table), size=48, out=str(out), resume=True)
    with pytest.raises(StoreError, match="manifest or --select"):
        prepare(manifest=str(table), size=32, out=str(out), select="grade=2", resume=True)
    foreign = tmp_path / "foreign"
    foreign.mkdir()
    (foreign / "thesis.txt").write_text("keep me")
    for flags in ({"overwrite": True}, {"resume": True}):
        with pytest.raises(StoreError, match="no store"):
            prepare(manifest=str(table), size=32, out=str(foreign), **flags)
    assert (foreign / "thesis.txt").exists()
    with pytest.raises(StoreError, match="is a file"):
        prepare(manifest=str(table), size=32, out=str(foreign / "thesis.txt"))


def test_options_out_of_range(table: Path, tmp_path: Path) -> None:
    for options in (
        {"size": 8},
        {"size": 32, "workers": 0},
        {"size": 32, "preview": -1},
        {"size": 32, "overwrite": True, "resume": True},
    ):
        with pytest.raises(ConfigError):
            prepare(manifest=str(table), out=str(tmp_path / "s"), **options)  # type: ignore[arg-type]


def test_reserved_column_and_nothing_convertible(table: Path, tmp_path: Path) -> None:
    clash = tmp_path / "clash.csv"
    clash.write_text("image,sha256\na.jpg,1\n")
    with pytest.raises(ManifestError, match="sha256"):
        prepare(manifest=str(clash), size=32, out=str(tmp_path / "s"))
    lost = tmp_path / "lost.csv"
    lost.write_text("image\na.jpg\n")
    with pytest.raises(StoreError, match=r"None of the 1 photographs"):
        prepare(manifest=str(lost), size=32, out=str(tmp_path / "t"))
    assert "does not exist" in (tmp_path / "t" / "rejected.csv").read_text()


def test_a_full_disk_is_said_clearly(table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = store_writer.replacing

    @contextmanager
    def full(path: Path) -> Iterator[Path]:
        with whole(path) as temporary:
            yield Path("/dev/full") if path.name == "shard-00001.arrow" else temporary

    monkeypatch.setattr(store_writer, "replacing", full)
    with pytest.raises(StoreError, match="the disk is full"):
        prepare(manifest=str(table), size=32, out=str(tmp_path / "s"), workers=1)
    monkeypatch.setattr(store_writer, "replacing", whole)
    prepare(manifest=str(table), size=32, out=str(tmp_path / "s"), workers=1, resume=True)
    assert len(open_store(str(tmp_path / "s"))) == 17


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
    (out / "shard-00001.arrow").write_bytes(b"x")
    with pytest.raises(StoreError, match="damaged"):
        open_store(str(out)).image(10)
    (out / "shard-00001.arrow").unlink()
    with pytest.raises(StoreError, match="lacks"):
        open_store(str(out)).image(10)


@pytest.mark.real
def test_camera_photographs(real_folder: Path, tmp_path: Path) -> None:
    images = sorted((real_folder / "camera_size").glob("*.jpg"))
    table = tmp_path / "manifest.csv"
    table.write_text("image\n" + "".join(f"{path}\n" for path in images))
    prepare(manifest=str(table), size=224, out=str(tmp_path / "s"), workers=1)
    frame = open_store(str(tmp_path / "s")).frame
    assert frame["fov_found"].all()
    assert ((frame["fov_radius"] / frame["height"]).between(0.5, 0.65)).all()


@pytest.mark.real
@pytest.mark.parametrize("name", ["drive", "chase_db1"])
def test_circle_agrees_with_the_fov_masks(real_folder: Path, name: str) -> None:
    from fundusfm.data.decode.image import decode
    from fundusfm.data.fov.detect import find_fov
    from fundusfm.data.manifest.table import read_manifest

    table = read_manifest(str(real_folder / "vessels" / name / "manifest.csv"))
    for path, mask in zip(table.image_paths(), table.frame["fov"], strict=True):
        fov = find_fov(decode(path).image)
        inside = decode(table.path.parent / mask).image[..., 0] > 127
        rows, columns = np.nonzero(inside)
        radius = (np.ptp(columns) + 1 + np.ptp(rows) + 1) / 4
        assert fov.found
        assert fov.radius == pytest.approx(radius, rel=0.02)
