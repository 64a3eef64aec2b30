"""The command `fundusfm doctor`."""

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

from fundusfm.commands.command import command
from fundusfm.config.doctor import DoctorConfig

if TYPE_CHECKING:
    from fundusfm.doctor import Finding


@command(DoctorConfig)
def doctor(config: DoctorConfig) -> "list[Finding]":
    """Checks Python, packages, torch, GPU, image decoders, disk, memory and extras, and says what to fix.

    Returns:
        A finding per check; the exit code is 2 where one failed, else 0.
    """
    from fundusfm.doctor import examine, findings_text

    findings = examine()
    print(json.dumps([asdict(finding) for finding in findings], indent=2) if config.json else findings_text(findings))
    return findings
