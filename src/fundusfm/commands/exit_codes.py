"""Exit codes that follow from what a command returns.

2 is for input to correct, 3 where a photograph failed or a period lies outside its control limits.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

    from fundusfm.data.manifest.check import CheckReport
    from fundusfm.doctor import Finding
    from fundusfm.screening.audit.verify import AuditReport
    from fundusfm.screening.results import Screened

CORRECT_INPUT, SOME_FAILED = 2, 3


def of_statuses(table: "pd.DataFrame") -> int:
    """Returns 3 where a row is `failed`, else 0; a photograph that is refused is a result."""
    return SOME_FAILED if "status" in table and (table["status"] == "failed").any() else 0


def of_screened(screened: "Screened") -> int:
    """Returns 3 where a photograph is `failed`, else 0; one that is refused is a result."""
    return SOME_FAILED if screened.failed else 0


def of_journal(table: "pd.DataFrame") -> int:
    """Returns 3 where work that was to be done at once left a study undelivered, else 0."""
    return SOME_FAILED if table.attrs.get("undelivered") else 0


def of_check(report: "CheckReport") -> int:
    """Returns 2 where the manifest has a fault, else 0."""
    return 0 if report.ok else CORRECT_INPUT


def of_left_out(table: "pd.DataFrame") -> int:
    """Returns 2 where a file could not be read, else 0."""
    return CORRECT_INPUT if table.attrs.get("left_out") else 0


def of_audit(reports: "list[AuditReport]") -> int:
    """Returns 2 where a log is not in order, else 0."""
    return 0 if all(report.ok for report in reports) else CORRECT_INPUT


def of_alarms(table: "pd.DataFrame") -> int:
    """Returns 3 where a period lies outside its control limits, else 0."""
    return SOME_FAILED if (table["sentence"] != "").any() else 0


def of_findings(findings: "list[Finding]") -> int:
    """Returns 2 where a check failed, else 0."""
    return CORRECT_INPUT if any(finding.status == "FAIL" for finding in findings) else 0
