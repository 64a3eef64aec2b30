"""Uploads through both lanes: slow ones end at their deadline and delay no others."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.dicom_files import SYNTAXES, dicom_bytes, dicom_dataset
from tests.server.hostile import float_tiff, many_scans, slow_png

from fundusfm.data.decode.image import decode
from fundusfm.data.inputs.photograph import Photograph
from fundusfm.screening.advice import TOO_SLOW
from fundusfm.screening.documents.views import View
from fundusfm.screening.prepare import Prepared, Unreadable
from fundusfm.server.decoding import pool as pool_module
from fundusfm.server.decoding.pool import DecoderPool
from fundusfm.server.problems import TooLargeError
from fundusfm.server.protection.limits import Limits


def run(talk: Callable[[DecoderPool], Awaitable[None]], **limits: Any) -> None:
    """Runs a conversation with a pool of one process per lane."""

    async def main() -> None:
        pool = DecoderPool(Limits(**{"decoders": 1, **limits}), salt=b"salt" * 4)
        pool.start()
        try:
            await talk(pool)
        finally:
            await pool.stop()
        assert pool.alive == 0

    asyncio.run(main())


def anything(count: int) -> None:
    pass


def test_photographs_and_frames(photographs: list[Path]) -> None:
    pixels = decode(photographs[0]).image
    scan = dicom_dataset(np.stack([pixels, pixels[:, ::-1]]), NumberOfFrames=2, ImageLaterality="L")
    upload = Photograph("scan", dicom_bytes(scan, SYNTAXES["jpeg-ls"]))

    async def talk(pool: DecoderPool) -> None:
        counts: list[int] = []
        results = await pool.prepare(upload, [64], admit=counts.append)
        assert counts == [2]
        assert [(frame.name, frame.eye) for frame, _ in results] == [("scan", "left"), ("scan#2", "left")]
        assert len({frame.person for frame, _ in results}) == 1 and len(results[0][0].person) == 16
        assert all(isinstance(photograph, Prepared) for _, photograph in results)
        count, views = await pool.look(upload, [1, 5])
        assert count == 2 and list(views) == [1] and isinstance(views[1], View)
        count, views = await pool.look(Photograph("a", b"no picture"), [0])
        assert count == 1 and isinstance(views[0], Unreadable) and "a is not an image" in views[0].reason

    run(talk)


def test_a_refusal_leaves_the_process_usable(photographs: list[Path]) -> None:
    def refuse(count: int) -> None:
        raise TooLargeError("too many")

    async def talk(pool: DecoderPool) -> None:
        upload = Photograph("a", photographs[0].read_bytes())
        with pytest.raises(TooLargeError):
            await pool.prepare(upload, [64], admit=refuse)
        ((_, photograph),) = await pool.prepare(upload, [64], admit=anything)
        assert isinstance(photograph, Prepared)

    run(talk)


def test_slow_photographs_are_given_up_and_delay_no_other(photographs: list[Path]) -> None:
    slow = Photograph("slow.png", slow_png(8000))
    good = Photograph("good.png", photographs[0].read_bytes())

    async def talk(pool: DecoderPool) -> None:
        await pool.prepare(good, [64], admit=anything)
        attacks = [asyncio.create_task(pool.prepare(slow, [64], admit=anything)) for _ in range(3)]
        await asyncio.sleep(0.5)
        for number in range(5):
            ((_, photograph),) = await pool.prepare(good, [64], admit=anything)
            assert isinstance(photograph, Prepared)
            # It did not wait for them to be given up.
            assert number or not all(attack.done() for attack in attacks)
        for ((frame, photograph),) in await asyncio.gather(*attacks):
            assert frame.name == "slow.png" and isinstance(photograph, Unreadable)
            assert f"{TOO_SLOW} (1 seconds)" in photograph.reason

    run(talk, decode_seconds=1)


def test_what_misses_the_short_deadline_has_the_long_one(
    photographs: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool_module, "_QUICK_SECONDS", 0.001)

    async def talk(pool: DecoderPool) -> None:
        ((_, photograph),) = await pool.prepare(Photograph("a.png", photographs[0].read_bytes()), [64], admit=anything)
        assert isinstance(photograph, Prepared)

    run(talk)


def test_many_scans_and_large_pixels_are_told_from_the_header() -> None:
    async def talk(pool: DecoderPool) -> None:
        begin = time.monotonic()
        for content, said in (
            (many_scans(2000, 4000), "4,000 scans, where"),
            (float_tiff(9_000), "to decode, more than"),
        ):
            ((_, photograph),) = await pool.prepare(Photograph("a", content), [64], admit=anything)
            assert isinstance(photograph, Unreadable) and said in photograph.reason
        assert time.monotonic() - begin < 120

    run(talk)


def test_what_ends_the_process_is_one_photograph(photographs: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    async def talk(pool: DecoderPool) -> None:
        for lane in (pool._quick, pool._patient):
            lane.start()

        async def doomed() -> Any:
            return await pool.prepare(Photograph("slow.png", slow_png(6000)), [64], admit=anything)

        task = asyncio.create_task(doomed())
        while not (busy := [decoder for decoder in pool._patient._running if not decoder.usable]):
            await asyncio.sleep(0.01)
        busy[0]._process.kill()
        ((_, photograph),) = await task
        assert isinstance(photograph, Unreadable) and "ended the process that decoded it" in photograph.reason
        upload = Photograph("a", photographs[0].read_bytes())
        ((_, photograph),) = await pool.prepare(upload, [64], admit=anything)
        assert isinstance(photograph, Prepared)

    run(talk)


def test_work_that_is_given_up_is_killed() -> None:
    async def talk(pool: DecoderPool) -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(1):
                await pool.prepare(Photograph("slow.png", slow_png(6000)), [64], admit=anything)
        assert not [decoder for decoder in pool._patient._running if not decoder.usable]

    run(talk)
