"""`fundusfm serve`: a page and a REST interface that screen photographs."""

from typing import Literal


def serve(
    *,
    weights: list[str] | None = None,
    host: str = "127.0.0.1",
    port: int = 8000,
    auth: Literal["auto", "token", "none"] = "auto",
    flips: bool = False,
    operating_point: str = "youden",
    max_megabytes: float = 64,
    max_files: int = 32,
    max_megapixels: float = 100,
    timeout: float = 60,
    queue: int = 256,
    batch_size: int = 16,
    decode_timeout: float = 20,
    decode_megabytes: float = 1500,
) -> None:
    """Serves a page to drop photographs on, and a REST interface, until it is told to stop.

    Photographs live in memory while they are scored and nowhere else: nothing is written, and no file name is logged.
    Beyond this machine requests must carry a token, that of $FUNDUSFM_TOKEN or one that is made up and printed once;
    the connection itself is not encrypted, so put a proxy with TLS in front. SIGTERM lets running requests finish.

    Args:
        weights: Bundles, run folders or listed names; several are averaged. Without it the bundle `light` that ships
            with the package.
        host: Address to listen on; 0.0.0.0 is every interface.
        port: TCP port.
        auth: `auto` asks for the token beyond loopback or where $FUNDUSFM_TOKEN is set, `token` always, `none` never.
        flips: Average each photograph with its three mirror images: four times the work, a little better.
        operating_point: Which of the card's thresholds decides.
        max_megabytes: Most a request may send.
        max_files: Most photographs in a request.
        max_megapixels: Most pixels of a photograph, told from its header before it is decoded.
        timeout: Most seconds for an upload to arrive, and again for its answer.
        queue: Most photographs that wait; beyond it the answer is 503 with Retry-After.
        batch_size: Most photographs that are scored at once.
        decode_timeout: Most seconds for decoding one photograph.
        decode_megabytes: Most memory for decoding one photograph.

    Raises:
        ConfigError: An option is out of range, the token is too short, or the address cannot be used.
        WeightsError: There is no such bundle, or it has no head; or none is named, and none ships.
        MissingExtraError: The extra `serve` is not installed.
    """
    config = dict(locals())
    from fundusfm.server.serve import run_serve

    run_serve(**config)
