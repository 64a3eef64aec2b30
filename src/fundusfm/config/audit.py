"""Options of `fundusfm audit` and `fundusfm monitor`."""

from dataclasses import dataclass
from typing import Literal

from fundusfm.config.shared import OutputFolder
from fundusfm.config.types import File, InputPath


@dataclass(frozen=True, kw_only=True)
class AuditVerifyConfig:
    """Options of `fundusfm audit verify`.

    Attributes:
        logs: Audit logs, oldest first; one that names a log before it must follow that log.
        known: SHA-256 of the last line, as an earlier check printed it: that line must still be there.
    """

    logs: list[File]
    known: str | None = None


@dataclass(frozen=True, kw_only=True)
class MonitorConfig(OutputFolder):
    """Options of `fundusfm monitor`.

    Attributes:
        logs: Audit logs, as --audit-log of predict, serve and listen writes them.
        reference: Audit log of a time when all was well, or the bundle, whose training photographs say how many are
            expected to be unlike them. Without it, the first periods of the logs are what is expected.
        baseline: Number of first periods that say what is expected.
        every: Length of a period: `day`, `week` (ISO 8601) or `month`, in UTC.
    """

    logs: list[File]
    reference: InputPath | None = None
    baseline: int = 4
    every: Literal["day", "week", "month"] = "week"
