"""The commands `fundusfm doctor` and `fundusfm info`."""

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from fundusfm.commands.command import command
from fundusfm.config.machine import DoctorConfig, InfoConfig

if TYPE_CHECKING:
    from fundusfm.doctor import Finding


@command(DoctorConfig)
def doctor(config: DoctorConfig) -> "list[Finding]":
    """Checks Python, packages, ONNX Runtime, torch, GPU, image decoders, disk, memory and extras, and says what to fix.

    Returns:
        A finding per check; the exit code is 2 where one failed, else 0.
    """
    from fundusfm.doctor import examine, findings_text

    findings = examine()
    print(json.dumps([asdict(finding) for finding in findings], indent=2) if config.json else findings_text(findings))
    return findings


@command(InfoConfig)
def info(config: InfoConfig) -> dict[str, Any]:
    """Shows version, commands, strategies, tasks, recommended backbones, crop version and installed extras.

    Returns:
        The facts, as plain values.
    """
    from fundusfm.info import describe, facts_text

    facts = describe()
    print(json.dumps(facts, indent=2) if config.json else facts_text(facts))
    return facts
