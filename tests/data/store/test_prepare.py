"""From manifest to store: nothing lost, the same bytes however it was built."""

import csv
import subprocess
import sys
import time
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image
from tests.data.store.conftest import a_photograph

from fundusfm.commands.data import prepare
from fundusfm.data.store import prepare as prepare_run
from fundusfm.data.store.reader import open_store
from fundusfm.errors import ConfigError, ManifestError, StoreError


def _content(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_every_row_is_in_the_store_or_rejected(table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    prepare(manifest=str(table), size=48, out=str(tmp_path / "s"), preview=6)
    store = open_store(str(tmp_path / "s"))
    with (tmp_path / "s" / "rejected.csv").open(newline="") as file:
        rejected = list(csv.DictReader(file))
    assert [int(row["row"]) for row in rejected] == [5, 10, 15]
    assert [
        "empty" in rejected[0]["reason"],
        "not an image" in rejected[1]["reason"],
        "truncated" in rejected[2]["reason"],
    ] == [True] * 3
    assert len(store) + len(rejected) == 20 == store.header.rows + store.header.rejected
    assert list(store.frame["image"]) == [f"{number:02d}.jpg" for number in range(20) if number not in (3, 8, 13)]
    assert set(store.frame.columns) >= {"patient", "grade", "source", "sha256", "fov_x", "fov_found"}
    assert store.name == store.header.dataset == "clinic"
    assert list(np.flatnonzero(~store.frame["fov_found"])) == [4]
    out = capsys.readouterr().out
    assert "17 photographs of 48 px, 3 rejected, 1 without" in out
    sheet = cv2.imread(str(tmp_path / "s" / "preview.png"))
    assert sheet is not None and sheet.std() > 10


def test_workers_do_not_change_a_byte(table: Path, tmp_path: Path) -> None:
    for workers in (1, 2):
        prepare(manifest=str(table), size=32, out=str(tmp_path / str(workers)), workers=workers)
    assert _content(tmp_path / "1") == _content(tmp_path / "2")


def test_resume_after_an_interruption(table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    prepare(manifest=str(table), size=32, out=str(whole), workers=1)
    convert, calls = prepare_run.convert, []

    def interrupted(path: Path, size: int, **options: bool) -> object:
        calls.append(path)
        if len(calls) == 13:
            raise KeyboardInterrupt
        return convert(path, size, **options)

    monkeypatch.setattr(prepare_run, "convert", interrupted)
    with pytest.raises(KeyboardInterrupt):
        prepare(manifest=str(table), size=32, out=str(broken), workers=1)
    assert sorted(_content(broken)) == ["plan.json", "shard-00000.tar"]
    with pytest.raises(StoreError, match="unfinished"):
        open_store(str(broken))
    (broken / ".shard-00001.tar.123.tmp").write_bytes(b"half")
    prepare(manifest=str(table), size=32, out=str(broken), workers=1, resume=True)
    assert len(calls) == 13 + 12  # the finished shard was not converted again
    assert _content(broken) == _content(whole)
    prepare(manifest=str(table), size=32, out=str(broken), workers=1, resume=True)
    assert _content(broken) == _content(whole)


_SLOW = """
import sys, time
from fundusfm.commands.data import prepare
from fundusfm.data.store import format, prepare as room, writer
format.ROWS_PER_SHARD = writer.ROWS_PER_SHARD = 8
real = room.convert
def slow(path, size, **options):
    time.sleep(0.1)
    return real(path, size, **options)
room.convert = slow
prepare(manifest=sys.argv[1], size=32, out=sys.argv[2], workers=1)
"""


def test_resume_after_kill_9(table: Path, tmp_path: Path) -> None:
    out = tmp_path / "s"
    process = subprocess.Popen([sys.executable, "-c", _SLOW, str(table), str(out)], stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while not (out / "shard-00000.tar").exists() and time.monotonic() < deadline:
        assert process.poll() is None
        time.sleep(0.02)
    process.kill()
    assert process.wait() != 0
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


def test_a_column_that_differs_in_letters_from_a_known_one_goes_into_the_store(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "a.jpg"), a_photograph(1))
    (tmp_path / "table.csv").write_text("Image,Patient,Age,Sex,Eye\na.jpg,7,61,F,OD\n")
    prepare(manifest=str(tmp_path / "table.csv"), size=32, out=str(tmp_path / "s"))
    (row,) = open_store(str(tmp_path / "s")).frame.to_dict("records")
    assert (row["image"], row["patient"], row["age"], row["Sex"], row["eye"]) == ("a.jpg", "7", "61", "F", "right")


def test_pages_of_a_file_are_rows_and_those_without_one_are_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pages = [Image.fromarray(a_photograph(number)) for number in (0, 60)]
    pages[0].save(tmp_path / "a.tif", save_all=True, append_images=pages[1:])
    for name, rows in (("one", "a.tif,1\n"), ("both", "a.tif,1\na.tif#2,1\n")):
        (tmp_path / f"{name}.csv").write_text("image,patient\n" + rows)
        prepare(manifest=str(tmp_path / f"{name}.csv"), size=48, out=str(tmp_path / name))
        assert ("a.tif holds 2 photographs, of which 1 have no row" in capsys.readouterr().err) == (name == "one")
    store = open_store(str(tmp_path / "both"))
    assert store.frame["image"].tolist() == ["a.tif", "a.tif#2"] and store.frame["sha256"].nunique() == 2
    greens = [int(store.image(row)[24, 24, 1]) for row in (0, 1)]
    assert greens == pytest.approx([90, 150], abs=6)


def test_whose_photographs_cannot_be_told_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Image.fromarray(a_photograph(0)).save(tmp_path / "a.png")
    (tmp_path / "m.csv").write_text("image,Subject ID\na.png,NA\n")
    prepare(manifest=str(tmp_path / "m.csv"), size=48, out=str(tmp_path / "s"))
    said = capsys.readouterr().err
    assert "NA probably mean that nothing is known" in said and "patient: taken from the column `Subject ID`" in said
    prepare(manifest=str(tmp_path / "m.csv"), size=48, out=str(tmp_path / "t"), missing=["NA"])
    assert "1 of 1 rows name no patient" in capsys.readouterr().err
    assert open_store(str(tmp_path / "t")).frame[["patient", "Subject ID"]].to_numpy().tolist() == [["", ""]]


def test_a_photograph_that_is_listed_twice_is_kept_once_and_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Image.fromarray(a_photograph(0)).save(tmp_path / "a.png")
    (tmp_path / "m.csv").write_text("image,patient,grade\na.png,1,0\na.png,1,0\n")
    prepare(manifest=str(tmp_path / "m.csv"), size=48, out=str(tmp_path / "s"))
    assert "listed more than once, in row 3:" in capsys.readouterr().err
    assert len(open_store(str(tmp_path / "s"))) == 1
    assert '3,a.png,"row 2 lists the same photograph' in (tmp_path / "s" / "rejected.csv").read_text()
    (tmp_path / "m.csv").write_text("image,patient,grade\na.png,1,0\na.png,1,1\n")
    with pytest.raises(ManifestError, match=r"rows 2 and 3 \(grade\)"):
        prepare(manifest=str(tmp_path / "m.csv"), size=48, out=str(tmp_path / "t"))
    assert not (tmp_path / "t").exists()


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
