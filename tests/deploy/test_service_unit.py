"""The systemd units: what systemd itself says of it, and that their commands have options that exist."""

import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
from tests.deploy.environments import ROOT

from fundusfm.commands.parsing import parse
from fundusfm.commands.table import COMMANDS
from fundusfm.server.decoding.pool import _QUICK_MEGABYTES
from fundusfm.server.protection.admission import _FULL_REQUESTS
from fundusfm.server.protection.limits import Limits

_UNIT, _LISTEN = (ROOT / "deploy" / name for name in ("fundusfm.service", "fundusfm-listen.service"))
_BOTH = pytest.mark.parametrize("unit", [_UNIT, _LISTEN], ids=lambda unit: unit.stem)
_ANALYZE = shutil.which("systemd-analyze")
_OWN_MEGABYTES = 2000
"""Of the server and its decoding processes without any photograph."""

_MOST_EXPOSED = 2.0
"""Of 10; what reaches the network at all has at least about 1."""


def _settings(unit: Path = _UNIT) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in re.findall(r"^(\w+)=(.*)$", unit.read_text(encoding="utf-8"), re.MULTILINE):
        found.setdefault(name, []).append(value)
    return found


def test_it_starts_the_server_on_this_machine_only() -> None:
    (line,) = _settings()["ExecStart"]
    program, name, *options = shlex.split(line)
    assert Path(program).name == "fundusfm"
    command = next(command for command in COMMANDS if command.name == name)
    parsed = parse(command, command.load(), options)
    assert (parsed["host"], parsed["auth"]) == ("127.0.0.1", "token")


@_BOTH
def test_it_is_confined(unit: Path) -> None:
    settings = _settings(unit)
    for name, value in {"DynamicUser": "yes", "ProtectSystem": "strict", "NoNewPrivileges": "yes"}.items():
        assert settings[name] == [value]
    assert settings["CapabilityBoundingSet"] == [""]


def test_the_listener_takes_the_options_of_the_page(tmp_path: Path) -> None:
    (line,) = _settings(_LISTEN)["ExecStart"]
    _, name, *options = shlex.split(line)
    page = (ROOT / "docs" / "listen.md").read_text(encoding="utf-8")
    (text,) = re.findall(r"^# /etc/fundusfm/listen.yaml\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    (tmp_path / "listen.yaml").write_text(text)
    assert options == ["--config", "/etc/fundusfm/listen.yaml"]
    command = next(command for command in COMMANDS if command.name == name)
    parsed = parse(command, command.load(), ["--config", str(tmp_path / "listen.yaml")])
    state = _settings(_LISTEN)["StateDirectory"]
    assert parsed["spool"] == f"/var/lib/{state[0]}" and parsed["to"] == ["dicom://ARCHIVE@192.168.1.10:104"]


def test_stopping_waits_for_running_requests() -> None:
    patience = next(command for command in COMMANDS if command.name == "serve").load().config().timeout
    assert int(_settings()["TimeoutStopSec"][0]) >= patience + 10


def test_the_server_ends_for_its_memory_only_beyond_what_its_options_allow() -> None:
    limits = Limits(decoders=4)
    uploads = 2 * _FULL_REQUESTS * limits.megabytes  # DICOM files are held as sent and as read
    decoding = limits.decoders * min(_QUICK_MEGABYTES, limits.decode_megabytes) + limits.decode_megabytes
    assert uploads + decoding + _OWN_MEGABYTES <= 1024 * int(_settings()["MemoryMax"][0].removesuffix("G"))


@pytest.mark.skipif(_ANALYZE is None, reason="systemd-analyze is not installed")
@_BOTH
def test_systemd_understands_and_rates_it(unit: Path, tmp_path: Path) -> None:
    text = unit.read_text(encoding="utf-8")
    unit = tmp_path / unit.name
    unit.write_text(re.sub(r"^ExecStart=\S+", "ExecStart=/bin/true", text, flags=re.MULTILINE))
    result = subprocess.run([str(_ANALYZE), "verify", str(unit)], capture_output=True, text=True, check=False)
    assert (result.returncode, result.stderr) == (0, "")
    command = [str(_ANALYZE), "security", "--offline=yes", "--no-pager", str(unit)]
    rated = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    found = re.search(r"Overall exposure level for \S+: ([\d.]+)", rated)
    assert found and float(found[1]) <= _MOST_EXPOSED, rated
