"""Damaged files through the interface: 200 of them, no crash, no lost row, and the server as healthy as before."""

import random
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from starlette.testclient import TestClient
from tests.dicom_files import SYNTAXES, dicom_bytes, dicom_dataset
from tests.screening.pictures import claim_too_much_dicom
from tests.server.conftest import form

from fundusfm.data.decode.image import decode

_COUNT, _PER_REQUEST = 200, 10
_STATUSES = {"ok", "ungradable", "not_fundus", "failed"}


def huge_png(width: int, height: int) -> bytes:
    """A PNG that claims a size and holds nearly nothing."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 1000))
            + chunk(b"IEND", b""))  # fmt: skip


def mutations(originals: list[bytes], seed: int) -> Iterator[bytes]:
    """Yields damaged copies without end."""
    chance = random.Random(seed)
    while True:
        content = bytearray(chance.choice(originals))
        if content[128:132] == b"DICM" and chance.randrange(2):
            claim_too_much_dicom(content, np.random.default_rng(chance.randrange(2**32)))
            yield bytes(content)
            continue
        match chance.randrange(5):
            case 0:
                yield bytes(content[: chance.randrange(len(content))])
            case 1:
                for _ in range(chance.choice([1, 8, 200])):
                    content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
                yield bytes(content)
            case 2:
                content[:8] = chance.choice([b"GIF89a\0\0", b"BM\0\0\0\0\0\0", b"II*\0\x08\0\0\0", b"RIFF\0\0\0\0",
                                             b"\xff\xd8\xff\xe0\0\x10JF", b"%PDF-1.7", b"\0" * 8])  # fmt: skip
                yield bytes(content)
            case 3:
                yield huge_png(chance.choice([1, 50_000, 2**31 - 1]), chance.choice([1, 60_000, 2**31 - 1]))
            case _:
                at = chance.randrange(min(64, len(content)))
                content[at : at + 4] = chance.randbytes(4)
                yield bytes(content)


def test_damaged_uploads_keep_their_rows(client: TestClient, photographs: list[Path]) -> None:
    pixels = decode(photographs[0]).image
    two = dicom_dataset(np.stack([pixels, pixels]), NumberOfFrames=2)
    originals = [
        *(path.read_bytes() for path in photographs[:2]),
        dicom_bytes(two, SYNTAXES["jpeg-2000"]),
        dicom_bytes(dicom_dataset(pixels)),
        dicom_bytes(dicom_dataset(pixels), SYNTAXES["deflated"]),
    ]
    damaged = mutations(originals, seed=0)
    for first in range(0, _COUNT, _PER_REQUEST):
        names = [f"{first + number}.jpg" for number in range(_PER_REQUEST)]
        answer = client.post("/v1/predict", files=form(*((name, next(damaged)) for name in names)))
        assert answer.status_code == 200
        rows = answer.json()["rows"]
        assert list(dict.fromkeys(row["image"].partition("#")[0] for row in rows)) == names
        assert {row["status"] for row in rows} <= _STATUSES
        assert not [row for row in rows if "error in the program" in row["reason"]]
        assert all(row["reason"] for row in rows if row["status"] != "ok")
    assert client.get("/healthz").status_code == 200


def test_damaged_forms_are_answered(client: TestClient, photographs: list[Path]) -> None:
    request = client.build_request("POST", "/v1/predict", files=form(("a.jpg", photographs[0].read_bytes())))
    body, chance = request.read(), random.Random(1)
    for _ in range(40):
        damaged = bytearray(body[: chance.randrange(1, len(body))])
        damaged[chance.randrange(min(200, len(damaged)))] ^= 1 << chance.randrange(8)
        headers = {"content-type": request.headers["content-type"]}
        answer = client.post("/v1/predict", content=bytes(damaged), headers=headers)
        assert answer.status_code in (200, 422), answer.text
    assert client.get("/healthz").status_code == 200
