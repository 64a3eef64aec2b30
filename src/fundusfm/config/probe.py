"""Options of `fundusfm probe`."""

from dataclasses import dataclass

from fundusfm.config.shared import AdaptationConfig


@dataclass(frozen=True, kw_only=True)
class ProbeConfig(AdaptationConfig):
    """Options of `fundusfm probe`.

    Attributes:
        batch_size: Images per forward pass.
    """

    batch_size: int = 64
