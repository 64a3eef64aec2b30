"""Options of `fundusfm audit`."""

from dataclasses import dataclass

from fundusfm.config.types import File


@dataclass(frozen=True, kw_only=True)
class AuditVerifyConfig:
    """Options of `fundusfm audit verify`.

    Attributes:
        logs: Audit logs, oldest first; each but the first must name the end of the one before it.
        known: SHA-256 of the last line, as an earlier check printed it: that line must still be there.
    """

    logs: list[File]
    known: str | None = None
