"""A shard: a tar file of some photographs, each beside its row of the table.

```
00000002.json   the columns of manifest row 2 that the index has too
00000002.jpg    the photograph
__rejected__    JSON: row, image and reason of what could not be converted; last, so a shard without it is not whole
```

Tools for WebDataset read it as it is, and pass over the last member. Nothing in it depends on when and by whom it was
written.
"""

import io
import json
import tarfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

_REJECTED = "__rejected__"
_ENCODED = (".jpg", ".png")
_JPEG_START = b"\xff\xd8"

Record = dict[str, Any]
"""A row of the store's table: column to plain value."""


def write_shard(path: Path, photographs: Iterable[tuple[Record, bytes]], rejected: list[list[object]]) -> None:
    """Writes a shard, photograph by photograph.

    Args:
        path: File to write.
        photographs: Row of the table, with the manifest's row as `row`, and the JPEG or PNG.
        rejected: Row, image and reason of each photograph that could not be converted.
    """
    with tarfile.open(path, "w", format=tarfile.USTAR_FORMAT) as tar:
        for record, encoded in photographs:
            suffix = _ENCODED[0] if encoded.startswith(_JPEG_START) else _ENCODED[1]
            _add(tar, f"{record['row']:08d}.json", json.dumps(record).encode())
            _add(tar, f"{record['row']:08d}{suffix}", encoded)
        _add(tar, _REJECTED, json.dumps(rejected).encode())


def _add(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size = len(content)
    tar.addfile(member, io.BytesIO(content))


class Shard:
    """A shard that was written, read at random.

    Only the places of its photographs are held, so that any number of shards can be open.

    Args:
        source: The file, or its content where it is not a local file.

    Raises:
        OSError: It cannot be read.
        ValueError: It is damaged.
    """

    def __init__(self, source: Path | bytes) -> None:
        self._source = source
        try:
            with self._open() as tar:
                members = tar.getmembers()
        except tarfile.TarError as error:
            raise ValueError(str(error)) from error
        if not members or members[-1].name != _REJECTED:
            raise ValueError("its end is missing")
        photographs = [member for member in members if member.name.endswith(_ENCODED)]
        # (photographs, 2): first byte, bytes
        self._places = np.array([(member.offset_data, member.size) for member in photographs], np.int64).reshape(-1, 2)

    def __len__(self) -> int:
        return len(self._places)

    def encoded(self, place: int) -> bytes:
        """Returns one photograph as it was written.

        Raises:
            OSError: The file cannot be read any more.
        """
        start, size = (int(value) for value in self._places[place])
        if isinstance(self._source, bytes):
            return self._source[start : start + size]
        # Opened each time: a data set of millions has more shards than a process may have files open.
        with self._source.open("rb") as file:
            file.seek(start)
            return file.read(size)

    def table(self) -> tuple[list[Record], list[list[object]]]:
        """Returns the rows of its photographs, and what was rejected.

        Raises:
            ValueError: It is damaged.
        """
        with self._open() as tar:
            *records, rejected = [
                json.loads(content.read())
                for member in tar
                if not member.name.endswith(_ENCODED) and (content := tar.extractfile(member))
            ]
        return records, rejected

    def _open(self) -> tarfile.TarFile:
        if isinstance(self._source, bytes):
            return tarfile.open(fileobj=io.BytesIO(self._source), mode="r:")
        return tarfile.open(self._source, mode="r:")
