"""The documentation: links lead somewhere, commands and their options exist, Python examples parse, lines are short."""

import ast
import re
import shlex
from pathlib import Path

import pytest

from fundusfm.commands.parsing import parse
from fundusfm.commands.table import COMMANDS

_ROOT = Path(__file__).resolve().parent.parent
_PAGES = sorted([*_ROOT.glob("*.md"), *(_ROOT / "docs").rglob("*.md")])
_LINE = 120
_NAMES = sorted((command.name for command in COMMANDS), key=len, reverse=True)

pages = pytest.mark.parametrize("page", _PAGES, ids=lambda page: str(page.relative_to(_ROOT)))


def _blocks(page: Path, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)


def _commands(page: Path) -> list[str]:
    """Returns the lines of the page's shell blocks that call fundusfm, continued lines joined."""
    lines = "\n".join(_blocks(page, "") + _blocks(page, "bash") + _blocks(page, "sh")).replace("\\\n", " ").splitlines()
    found = (re.match(r"(?:\$ )?(?:\.venv/bin/)?fundusfm +([a-z].*?)(?: +#.*)?$", line.strip()) for line in lines)
    return [match.group(1) for match in found if match]


def _without_files(tokens: list[str]) -> list[str]:
    """Leaves `--config FILE` out, because the file is not there."""
    place = tokens.index("--config") if "--config" in tokens else len(tokens)
    return tokens[:place] + tokens[place + 2 :]


def _prose(page: Path) -> list[str]:
    """Returns the lines of the page that are neither code nor part of a table."""
    text = re.sub(r"^ *```.*?^ *```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    return [line for line in text.splitlines() if not line.startswith("|")]


@pages
def test_links_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text(encoding="utf-8"))
    local = [target for target in targets if not re.match(r"https?://|mailto:", target)]
    assert not [target for target in local if not (page.parent / target).exists()]


@pages
def test_commands_and_options_exist(page: Path) -> None:
    for line in _commands(page):
        name = next((name for name in _NAMES if line == name or line.startswith(f"{name} ")), None)
        assert name, f"fundusfm {line}"
        command = next(command for command in COMMANDS if command.name == name)
        parse(command, command.load(), _without_files(shlex.split(line[len(name) :])), partly=True)


@pages
def test_python_examples_parse(page: Path) -> None:
    for block in _blocks(page, "python"):
        ast.parse(block)


@pages
def test_prose_fits_the_line(page: Path) -> None:
    assert not [line for line in _prose(page) if len(line) > _LINE]


@pages
def test_missed_targets_are_told_in_the_notes_only(page: Path) -> None:
    if "notes" not in page.relative_to(_ROOT).parts:
        text = " ".join(page.read_text(encoding="utf-8").casefold().split())
        assert not re.findall(r"\bmiss\w*[^.|]{0,60}\btarget|\btargets?\b[^.|]{0,60}\bmiss\w*", text)


@pytest.mark.parametrize("page", ["CONTRIBUTING.md", "docs/architecture.md", "docs/decisions.md", "docs/design.md"])
def test_source_files_that_contributors_are_sent_to_exist(page: str) -> None:
    named = re.findall(r"`((?:\w+/)+\w+\.py)`", (_ROOT / page).read_text(encoding="utf-8"))
    assert not [
        name for name in named if not any((folder / name).exists() for folder in (_ROOT, _ROOT / "src/fundusfm"))
    ]
