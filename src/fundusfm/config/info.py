"""Options of `fundusfm info`."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class InfoConfig:
    """Options of `fundusfm info`.

    Attributes:
        json: Print JSON for machines instead of lines for people.
    """

    json: bool = False
