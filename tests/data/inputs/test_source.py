"""Where a photograph is, and how its bytes are read."""

import io
import pickle
import zipfile
from pathlib import Path

import pytest
from PIL import Image

from fundusfm.data.decode import archive as archive_room
from fundusfm.data.decode import image as decode_room
from fundusfm.data.inputs import source as room
from fundusfm.data.inputs.source import Source
from fundusfm.errors import DecodeError


def _tiff() -> bytes:
    pages = [Image.new("RGB", (20, 16), (level, 90, 10)) for level in (10, 120, 240)]
    buffer = io.BytesIO()
    pages[0].save(buffer, "TIFF", save_all=True, append_images=pages[1:])
    return buffer.getvalue()


def test_a_file_of_several_photographs_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.tif").write_bytes(_tiff())
    reads: list[str] = []
    original = room.read_bytes

    def counted(path: str) -> bytes:
        reads.append(path)
        return original(path)

    monkeypatch.setattr(room, "read_bytes", counted)
    path = str(tmp_path / "a.tif")
    photographs = [Source(f"a#{frame}", path, frame=frame).read() for frame in (1, 2, 3)]
    assert [(item.name, item.frame) for item in photographs] == [("a#1", 1), ("a#2", 2), ("a#3", 3)]
    assert reads == [path]


def test_an_archive_that_was_replaced_is_opened_again(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    for content in (b"one", b"another"):
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("a.jpg", content)
        assert Source("a", str(path), member="a.jpg").read().content == content


def test_members_beyond_the_limit_are_refused_before_they_are_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.jpg", bytes(5000))
    monkeypatch.setattr(archive_room, "MOST_UNPACKED", 4000)
    with pytest.raises(DecodeError, match="unpacks to more than 4,000 bytes"):
        Source("a", str(tmp_path / "a.zip"), member="a.jpg").read()


def test_files_beyond_the_limit_are_refused_unread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.jpg").write_bytes(bytes(5000))
    monkeypatch.setattr(decode_room, "MOST_BYTES", 4000)
    with pytest.raises(DecodeError, match="has 5,000 bytes, more than the 4,000"):
        Source("a", str(tmp_path / "a.jpg")).read()


def test_an_encrypted_member_says_so(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.jpg", b"content")
    content = bytearray(path.read_bytes())
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(mark) + place] |= 1
    path.write_bytes(bytes(content))
    with pytest.raises(DecodeError, match="with its password"):
        Source("a", str(path), member="a.jpg").read()


def test_pictures_of_frames_have_names_of_their_own() -> None:
    frames = [Source("eyes/a.dcm" + end, "eyes/a.dcm", frame=frame) for frame, end in ((1, ""), (2, "#2"))]
    names = [source.picture_name(number) for number, source in enumerate(frames, start=6)]
    assert names == ["0006_a_frame_1", "0007_a_frame_2"]
    assert Source("z.zip/b.jpg", "z.zip", member="b.jpg").picture_name(0) == "0000_b"


def test_a_source_travels_to_other_processes() -> None:
    source = Source("a", "b", "c", 3, 2, {"eye": "left"})
    assert pickle.loads(pickle.dumps(source)) == source  # noqa: S301 - what a pool of processes does
