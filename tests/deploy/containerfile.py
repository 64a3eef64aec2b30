"""Reads `deploy/Containerfile`, so that tests run what it says and hold no copy of it."""

import json
import re
from dataclasses import dataclass

from tests.deploy.environments import ROOT

PATH = ROOT / "deploy" / "Containerfile"


@dataclass(frozen=True)
class Instruction:
    """One instruction.

    Attributes:
        keyword: Such as `RUN`.
        text: All that follows, on one line.
        stage: Number of the stage, from 0.
    """

    keyword: str
    text: str
    stage: int


def instructions() -> list[Instruction]:
    """Returns the instructions in order."""
    lines = [line for line in PATH.read_text(encoding="utf-8").splitlines() if not line.lstrip().startswith("#")]
    found: list[Instruction] = []
    for line in re.sub(r"\\\n\s*", "", "\n".join(lines)).splitlines():
        if line.strip():
            keyword, _, text = line.strip().partition(" ")
            stage = sum(one.keyword == "FROM" for one in found) - (keyword != "FROM")
            found.append(Instruction(keyword, text.strip(), stage))
    return found


def texts(keyword: str, *, stage: int | None = None) -> list[str]:
    """Returns what follows a keyword each time, in all stages or in one."""
    return [one.text for one in instructions() if one.keyword == keyword and stage in (None, one.stage)]


def exec_form(keyword: str) -> list[str]:
    """Returns the arguments of the last instruction of a keyword that is written as a JSON list."""
    text = texts(keyword)[-1]
    arguments: list[str] = json.loads(text[text.index("[") :])
    return arguments


def environment() -> dict[str, str]:
    """Returns the variables of the last stage."""
    return {name: value.strip('"') for text in texts("ENV") for name, value in re.findall(r'(\w+)=("[^"]*"|\S+)', text)}
