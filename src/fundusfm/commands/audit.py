"""The commands `fundusfm audit ...` and `fundusfm monitor`."""

from pathlib import Path
from typing import TYPE_CHECKING

from fundusfm.commands.command import command
from fundusfm.config.audit import AuditVerifyConfig, MonitorConfig

if TYPE_CHECKING:
    import pandas as pd

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


@command(MonitorConfig)
def monitor(config: MonitorConfig) -> "pd.DataFrame":
    """Compares days, weeks or months of audit logs: what is referred, ungradable, unreadable, unlike the training set.

    A period outside its control limits is a sentence on standard output, and the exit code is then 3. OUT holds
    `monitor.html` with the charts, `monitor.csv`, `monitor.json` and the charts as `charts.png` and `charts.svg`.
    Periods with fewer than 20 photographs are not judged. Logs whose chain is broken are refused.

    Returns:
        A row for each that is watched and each period: value, expectation, limits, verdict.

    Raises:
        AuditError: A log cannot be read, is not in order, or holds no photograph.
        ConfigError: The reference is of another model.
        WeightsError: There is no such bundle.
        RunFolderError: The output folder exists already.
    """
    from fundusfm.screening.monitor.monitor import run_monitor

    return run_monitor(config)
