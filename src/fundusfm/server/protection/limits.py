"""Limits on the cost of one request, and on the number that may wait."""

import os
from dataclasses import dataclass, field

from fundusfm.config.serve import ServeConfig
from fundusfm.errors import ConfigError

_MEGA = 1_000_000
_MOST_DECODERS = 4
_DEFAULT = ServeConfig()
_OPTIONS = {
    "megabytes": "max_megabytes",
    "files": "max_files",
    "megapixels": "max_megapixels",
    "seconds": "timeout",
    "queue": "queue",
    "batch": "batch_size",
    "decode_seconds": "decode_timeout",
    "decode_megabytes": "decode_megabytes",
}
"""Bound to the option of `ServeConfig` that sets it."""


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

    megabytes: float = _DEFAULT.max_megabytes
    files: int = _DEFAULT.max_files
    megapixels: float = _DEFAULT.max_megapixels
    seconds: float = _DEFAULT.timeout
    queue: int = _DEFAULT.queue
    batch: int = _DEFAULT.batch_size
    decode_seconds: float = _DEFAULT.decode_timeout
    decode_megabytes: float = _DEFAULT.decode_megabytes
    decoders: int = field(default_factory=_decoders)

    def __post_init__(self) -> None:
        for bound, option in _OPTIONS.items():
            value = getattr(self, bound)
            if value <= 0:
                raise ConfigError(f"--{option.replace('_', '-')} is {value}; it must be above 0.")
        if self.files > self.queue:
            raise ConfigError(
                f"--max-files is {self.files} and --queue {self.queue}: a full request would never fit; "
                "make the queue at least as long."
            )

    @classmethod
    def of(cls, config: ServeConfig) -> "Limits":
        """Returns the bounds that options set."""
        return cls(**{bound: getattr(config, option) for bound, option in _OPTIONS.items()})

    @property
    def bytes(self) -> int:
        """Size of a request's body in bytes."""
        return int(self.megabytes * _MEGA)

    @property
    def pixels(self) -> int:
        """Size of a photograph in pixels."""
        return int(self.megapixels * _MEGA)
