"""Options of `fundusfm doctor` and `fundusfm info`."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class DoctorConfig:
    """Options of `fundusfm doctor`.

    Attributes:
        json: Print JSON for machines instead of lines for people.
    """

    json: bool = False


@dataclass(frozen=True, kw_only=True)
class InfoConfig:
    """Options of `fundusfm info`.

    Attributes:
        json: Print JSON for machines instead of lines for people.
    """

    json: bool = False
