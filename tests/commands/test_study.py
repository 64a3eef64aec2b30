"""Refusals that need no library come before the libraries are imported."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import fundusfm

_HEAVY = ("torch", "pandas", "matplotlib", "sklearn")


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["study", "study.yaml", "--out", "full"], "full exists and is not empty"),
        (["compare", "full", "nothing", "--out", "out"], "full holds neither config.yaml nor metrics.json"),
        (["compare", "one=nothing", "--out", "out"], "nothing is not a folder"),
    ],
)
def test_a_wrong_folder_is_refused_at_once(tmp_path: Path, options: list[str], told: str) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "file").touch()
    code = f"import sys; from fundusfm.cli import main; main({options!r}); print(set(sys.modules) & set({_HEAVY!r}))"
    env = os.environ | {"PYTHONPATH": str(Path(fundusfm.__file__).parents[1])}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=env, capture_output=True, text=True, check=True
    )
    assert told in done.stderr and done.stdout.strip() == "set()"
