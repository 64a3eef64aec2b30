"""Archives on a Ray cluster: chunks of photographs, each screened whole on some machine."""

import functools
import logging
import os
import socket
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from fundusfm.data.inputs.source import Source
from fundusfm.errors import ConfigError, FundusFMError
from fundusfm.extras import require_extra
from fundusfm.models.engine.devices import AUTO
from fundusfm.screening.pipeline import read_and_prepare
from fundusfm.screening.screener import Screener

_CHUNK = 32
_AHEAD = 4
"""Chunks per core that are handed out before the first is back."""

_RETRIES = 5
_PATIENCE = 10.0  # seconds

Chunk = list[tuple[int, Source]]
Rows = list[tuple[int, dict[str, Any]]]


def connect(address: str | None) -> Any:
    """Joins a Ray cluster, or starts one on this machine.

    Args:
        address: Address of the cluster's head, `auto` for the cluster of this machine; None starts one.

    Returns:
        The `ray` module, connected.

    Raises:
        MissingExtraError: Ray is not installed.
        ConfigError: There is no cluster at the address.
    """
    require_extra("ray", "--engine ray")
    import ray

    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    options: dict[str, Any] = {"address": address} if address else {"include_dashboard": False}
    try:
        _refuse_silence(address)
        ray.init(log_to_driver=False, logging_level=logging.ERROR, **options)
    except (OSError, ValueError, RuntimeError) as error:
        raise ConfigError(
            f"No Ray cluster at {address or 'this machine'} ({' '.join(str(error).split())[:200]}): start one with "
            "`ray start --head`, join machines with `ray start --address HEAD:6379`, and give --address auto."
        ) from error
    return ray


def screen_on_cluster(
    sources: Sequence[Source], positions: Sequence[int], *, weights: Sequence[str], tta: bool,
    operating_point: str | None, address: str | None, traced: bool = False, device: str = AUTO,
    structures: str | None = None,
) -> Iterator[Rows]:  # fmt: skip
    """Yields rows with their positions, chunk by chunk, in the order in which chunks are done.

    A chunk is a pure function of its photographs, and its rows reach this process whole or not at all: a machine that
    dies costs the time of its chunks, which Ray starts again elsewhere, and neither loses nor doubles a row.

    Args:
        sources: All photographs.
        positions: Those to screen.
        weights: Bundles; absolute paths that every machine sees.
        tta: As for `Screener`.
        operating_point: As for `Screener`.
        address: As for `connect`.
        traced: As for `fundusfm.screening.prepare.prepare`.
        device: As for `Screener`.
        structures: As for `Screener`; likewise a path that every machine sees.

    Raises:
        ConfigError: There is no cluster, or it gave up on a chunk.
    """
    ray = connect(address)
    task = ray.remote(num_cpus=1, max_retries=_RETRIES)(screen_chunk)
    settings = (
        tuple(map(_seen_anywhere, weights)),
        tta,
        operating_point,
        traced,
        device,
        None if structures is None else _seen_anywhere(structures),
    )
    chunks = [
        [(position, sources[position]) for position in positions[first : first + _CHUNK]]
        for first in range(0, len(positions), _CHUNK)
    ]
    running: list[Any] = []
    try:
        while chunks or running:
            cores = max(1, int(ray.cluster_resources().get("CPU", 1)))
            while chunks and len(running) < _AHEAD * cores:
                running.append(task.remote(_absolute(chunks.pop(0)), *settings))
            finished, running = ray.wait(running, num_returns=1)
            for reference in finished:
                try:
                    yield ray.get(reference)
                except ray.exceptions.RayTaskError as error:
                    if isinstance(error.cause, FundusFMError):
                        raise error.cause from error
                    raise
                except ray.exceptions.RayError as error:
                    raise ConfigError(
                        f"Ray gave up on {_CHUNK} photographs after {_RETRIES} more attempts "
                        f"({' '.join(str(error).split())[:200]}): continue with --resume."
                    ) from error
    finally:
        for reference in running:
            ray.cancel(reference, force=True)
        ray.shutdown()


def screen_chunk(
    chunk: Chunk,
    weights: tuple[str, ...],
    tta: bool,
    operating_point: str | None,
    traced: bool = False,
    device: str = AUTO,
    structures: str | None = None,
) -> Rows:
    """Screens some photographs; runs in a worker of the cluster, which keeps the networks for its next chunk."""
    screener = _screener(weights, tta, operating_point, device, structures)
    ready = [read_and_prepare(source, screener.sizes, traced=traced) for _, source in chunk]
    return list(zip([position for position, _ in chunk], screener.screen_prepared(ready), strict=True))


@functools.lru_cache(maxsize=1)
def _screener(
    weights: tuple[str, ...], tta: bool, operating_point: str | None, device: str, structures: str | None
) -> Screener:
    return Screener(weights, tta=tta, operating_point=operating_point, device=device, structures=structures)


def _seen_anywhere(weights: str) -> str:
    """Returns a bundle's path as one that means the same in another folder; a name stays as it is."""
    return str(Path(weights).absolute()) if Path(weights).exists() else weights


def _absolute(chunk: Chunk) -> Chunk:
    """Returns the chunk with paths that mean the same in another folder."""
    return [
        (position, replace(source, path=str(Path(source.path).absolute()), columns={})) for position, source in chunk
    ]


def _refuse_silence(address: str | None) -> None:
    """Raises OSError where nothing answers at `HOST:PORT`; Ray itself would try for minutes."""
    host, _, port = (address or "").rpartition(":")
    if host and port.isdigit():
        socket.create_connection((host, int(port)), timeout=_PATIENCE).close()
