"""The container's recipe: who it runs as, that its commands work, how large it becomes, and that nothing is written."""

import os
import re
import shutil
import sys
from pathlib import Path

import pytest
from tests.deploy.containerfile import PATH as CONTAINERFILE
from tests.deploy.containerfile import environment, exec_form, instructions, texts
from tests.deploy.environments import ROOT, call, free_port, megabytes, serving, upload
from tests.deploy.read_only import read_only

from fundusfm.commands.parsing import parse
from fundusfm.commands.table import COMMANDS

_TOKEN = "a-token-for-this-test"
_DEBIAN = re.compile(r"apt-get|useradd|rm -r /var")
_IMAGE_MEGABYTES = 1000
_DEBIAN_MEGABYTES = 115
"""Of debian:bookworm-slim (75) and of python3 with what it depends on (39), by `Installed-Size`."""


def test_the_last_stage_runs_as_nobody_of_the_host() -> None:
    last = texts("FROM")[-1]
    assert "slim" in last
    (user,) = texts("USER")
    assert int(user) >= 1000
    assert [one.keyword for one in instructions()].index("USER") < [one.keyword for one in instructions()].index("CMD")


def test_what_it_starts_is_a_command_with_options_it_knows() -> None:
    program, name, *options = [*exec_form("ENTRYPOINT"), *exec_form("CMD")]
    command = next(command for command in COMMANDS if command.name == name)
    assert program == "fundusfm"
    parsed = parse(command, command.load(), options)
    assert (parsed["host"], parsed["port"]) == ("0.0.0.0", int(texts("EXPOSE")[0]))


def test_only_its_temporary_folder_is_written() -> None:
    variables = environment()
    assert {variables["HOME"], *texts("WORKDIR")} == {"/tmp"}
    assert variables["FUNDUSFM_CACHE"].startswith("/tmp/")


def test_files_that_are_copied_exist_and_are_sent_to_the_build() -> None:
    ignored = Path(f"{CONTAINERFILE}.dockerignore").read_text(encoding="utf-8").splitlines()
    assert "*" in ignored
    for text in texts("COPY", stage=0):
        for source in text.split()[:-1]:
            assert (ROOT / source).exists()
            assert f"!{source}" in ignored


@pytest.mark.slow
def test_its_commands_in_a_fresh_environment(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source, prefix = tmp_path / "source", tmp_path / "prefix"
    _copy(source)
    (tmp_path / "python").mkdir()
    (tmp_path / "python" / "python3").symlink_to(sys.executable)
    places = {"SOURCE": str(source), "PREFIX": str(prefix), "PATH": f"{tmp_path / 'python'}:{os.environ['PATH']}"}
    for line in texts("RUN", stage=0):
        if not _DEBIAN.match(line):
            call(["sh", "-ec", line], tmp_path, **places)
    size = megabytes(prefix, bytecode=True)
    with capsys.disabled():
        print(f"\ncontainer: {size:.0f} MB of packages")
    assert size + _DEBIAN_MEGABYTES < _IMAGE_MEGABYTES

    writable, port = tmp_path / "tmp", free_port()
    writable.mkdir()
    variables = {name: value.replace("/tmp", str(writable)) for name, value in environment().items() if name != "PATH"}
    variables |= read_only(tmp_path / "hook", writable) | {"FUNDUSFM_TOKEN": _TOKEN}
    _, *arguments = [*exec_form("ENTRYPOINT"), *exec_form("CMD")]
    inside = texts("EXPOSE")[0]
    arguments = [str(port) if argument == inside else argument for argument in arguments]
    probe = [part.replace(f":{inside}/", f":{port}/") for part in exec_form("HEALTHCHECK")]
    with serving([str(prefix / "bin" / "fundusfm"), *arguments], tmp_path, port, **variables) as address:
        call([sys.executable, *probe[1:]], tmp_path)
        assert "abnormal" in upload(address, _photograph(prefix, tmp_path), token=_TOKEN)
    with pytest.raises(AssertionError):
        call([sys.executable, *probe[1:]], tmp_path)


def _copy(source: Path) -> None:
    """Copies what the COPY lines of the first stage name."""
    for text in texts("COPY", stage=0):
        *names, target = text.split()
        for name in names:
            place = Path(target.replace("${SOURCE}", str(source)))
            if (ROOT / name).is_dir():
                shutil.copytree(ROOT / name, place, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                place.mkdir(parents=True, exist_ok=True)
                shutil.copy(ROOT / name, place)


def _photograph(prefix: Path, folder: Path) -> Path:
    command = [str(prefix / "bin" / "fundusfm"), "data", "synth", "--out", "sample", "--count", "1", "--size", "384"]
    call(command, folder)
    return next((folder / "sample" / "images").iterdir())
