"""What one request may cost, and how much may wait."""

from dataclasses import dataclass

from fundusfm.errors import ConfigError

_MEGA = 1_000_000


@dataclass(frozen=True)
class Limits:
    """Bounds of the server.

    Attributes:
        megabytes: Of a request's body.
        files: Photographs in a request.
        megapixels: Of a photograph, as its header claims, before anything is decoded.
        seconds: For a request's body to arrive, and again for its answer to be computed.
        queue: Photographs that wait for the network; beyond it requests are turned away.
        batch: Photographs that the network scores at once.

    Raises:
        ConfigError: A bound is not positive, or a full request would never fit the queue.
    """

    megabytes: float = 64
    files: int = 32
    megapixels: float = 100
    seconds: float = 60
    queue: int = 256
    batch: int = 16

    def __post_init__(self) -> None:
        options = {"--max-megabytes": self.megabytes, "--max-files": self.files, "--max-megapixels": self.megapixels,
                   "--timeout": self.seconds, "--queue": self.queue, "--batch-size": self.batch}  # fmt: skip
        for option, value in options.items():
            if value <= 0:
                raise ConfigError(f"{option} is {value}; it must be above 0.")
        if self.files > self.queue:
            raise ConfigError(f"--max-files is {self.files} and --queue {self.queue}: a full request would never fit; "
                              "make the queue at least as long.")  # fmt: skip

    @property
    def bytes(self) -> int:
        """Of a request's body."""
        return int(self.megabytes * _MEGA)

    @property
    def pixels(self) -> int:
        """Of a photograph."""
        return int(self.megapixels * _MEGA)
