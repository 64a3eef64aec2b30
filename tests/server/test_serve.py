"""The command's own checks, and what it prints."""

import socket
from pathlib import Path

import pytest

import fundusfm
from fundusfm.cli import main
from fundusfm.errors import ConfigError, MissingExtraError, WeightsError
from fundusfm.server.serve import listen


def test_a_missing_package_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fundusfm.extras.find_spec", lambda name: None)
    with pytest.raises(
        MissingExtraError, match=r"serve needs the extra \[serve\]: fastapi is not installed; .*fundusfm\[serve\]"
    ):
        fundusfm.serve(port=0)


def test_a_taken_port_is_told_before_anything_is_loaded() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(ConfigError, match=f"--port {port} cannot be used"):
            fundusfm.serve(weights="nowhere", port=port)
    with pytest.raises(ConfigError, match="cannot be used"):
        listen("no.such.name.invalid", 0)
    with pytest.raises(ConfigError, match=r"must be 0 .* to 65535"):
        listen("127.0.0.1", 70_000)


def test_wrong_options(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    with pytest.raises(WeightsError):
        fundusfm.serve(weights=str(tmp_path), port=0)
    assert main(["serve", "--weights", "x", "--max-files", "0"]) == 2
    assert "--max-files is 0" in capsys.readouterr().err


def test_a_token_that_was_made_up_is_printed_once(
    bundle: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("FUNDUSFM_TOKEN", raising=False)
    monkeypatch.setattr("fundusfm.server.protection.drain.DrainingServer.run", lambda self, sockets: sockets[0].close())
    fundusfm.serve(weights=bundle, port=0, auth="token")
    printed = capsys.readouterr().err
    token = printed.split("choose your own): ")[1].split()[0]
    assert len(token) > 40
    assert f"/#token={token}" in printed
