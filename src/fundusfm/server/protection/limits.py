"""What one request may cost, and how much may wait."""

import os
from dataclasses import dataclass, field

from fundusfm.errors import ConfigError

_MEGA = 1_000_000
_MOST_DECODERS = 4


def _decoders() -> int:
    return min(_MOST_DECODERS, os.cpu_count() or 1)


@dataclass(frozen=True)
class Limits:
    """Bounds of the server.

    Attributes:
        megabytes: Size of a request's body.
        files: Photographs in a request.
        megapixels: Size of a photograph, as its header claims, before anything is decoded.
        seconds: Time for a request's body to arrive, and again for its answer to be computed.
        queue: Photographs that wait for the network; beyond it requests are turned away.
        batch: Photographs that the network scores at once.
        decode_seconds: Time for decoding a photograph; then the process that decodes it is killed.
        decode_megabytes: Memory for decoding a photograph.
        decoders: Processes that decode ordinary photographs; large ones have one more.

    Raises:
        ConfigError: A bound is not positive, or a full request would never fit the queue.
    """

    megabytes: float = 64
    files: int = 32
    megapixels: float = 100
    seconds: float = 60
    queue: int = 256
    batch: int = 16
    decode_seconds: float = 20
    decode_megabytes: float = 1500
    decoders: int = field(default_factory=_decoders)

    def __post_init__(self) -> None:
        options = {
            "--max-megabytes": self.megabytes,
            "--max-files": self.files,
            "--max-megapixels": self.megapixels,
            "--timeout": self.seconds,
            "--queue": self.queue,
            "--batch-size": self.batch,
            "--decode-timeout": self.decode_seconds,
            "--decode-megabytes": self.decode_megabytes,
        }
        for option, value in options.items():
            if value <= 0:
                raise ConfigError(f"{option} is {value}; it must be above 0.")
        if self.files > self.queue:
            raise ConfigError(
                f"--max-files is {self.files} and --queue {self.queue}: a full request would never fit; "
                "make the queue at least as long."
            )

    @property
    def bytes(self) -> int:
        """Size of a request's body in bytes."""
        return int(self.megabytes * _MEGA)

    @property
    def pixels(self) -> int:
        """Size of a photograph in pixels."""
        return int(self.megapixels * _MEGA)
