"""With one writable folder and the rest read-only, as in a container or under systemd, the server does all it does."""

import sys
from pathlib import Path

import pytest
from tests.deploy.environments import ROOT, call, free_port, serving, upload
from tests.deploy.read_only import read_only


@pytest.mark.slow
def test_serve_and_predict_write_their_folder_only(tmp_path: Path, manifest: Path) -> None:
    photograph = next((manifest.parent / "images").iterdir())
    writable, elsewhere, port = tmp_path / "writable", tmp_path / "elsewhere", free_port()
    writable.mkdir()
    elsewhere.mkdir()
    variables = read_only(tmp_path / "hook", writable)
    variables["PYTHONPATH"] += f":{ROOT / 'src'}"
    fundusfm = [sys.executable, "-m", "fundusfm"]
    refused = call([*fundusfm, "predict", str(photograph), "--out", "here.csv"], elsewhere, expected=2, **variables)
    assert "Read-only file system" in refused or "E-SYSTEM" in refused
    call([*fundusfm, "predict", str(photograph), "--out", str(writable / "there.csv")], elsewhere, **variables)
    with serving([*fundusfm, "serve", "--port", str(port)], tmp_path, port, **variables) as address:
        assert "quality" in upload(address, photograph)
    assert not list(elsewhere.iterdir())
