"""The commands `fundusfm audit ...`."""

from pathlib import Path
from typing import TYPE_CHECKING

from fundusfm.commands.command import command
from fundusfm.config.audit import AuditVerifyConfig

if TYPE_CHECKING:
    from fundusfm.screening.audit.verify import AuditReport


@command(AuditVerifyConfig)
def audit_verify(config: AuditVerifyConfig) -> "list[AuditReport]":
    """Checks that audit logs hold every line as it was written: none removed, changed, added or moved.

    Each line holds the SHA-256 of the line before it, and LOG.head the number of lines. Who can write to the disk could
    still make a whole new log: keep the hash that is printed somewhere else, and give it as --known next time. The exit
    code is 2 where a log is not in order.

    Returns:
        A report per log: what is in order, or the first line that is not.

    Raises:
        AuditError: A log cannot be read.
    """
    from fundusfm.screening.audit.verify import verify_logs

    reports = verify_logs([Path(log) for log in config.logs], known=config.known)
    for report in reports:
        print(report)
    return reports
