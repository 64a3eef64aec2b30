"""Named tokens: what a file may hold, and that it may change while the server runs."""

import hashlib
import logging
from pathlib import Path

import pytest

from fundusfm.errors import ConfigError
from fundusfm.server.protection.tokens import ENVIRONMENT, Tokens

_ANNE, _BEN, _NEW = "a" * 32, "b" * 32, "c" * 32


def write(path: Path, text: str) -> Path:
    """Replaces a file as an editor does, so that its identity changes even within one tick of the clock."""
    staged = path.with_suffix(".new")
    staged.write_text(text)
    return staged.replace(path)


def test_names_come_from_the_file_and_the_environment(tmp_path: Path) -> None:
    hashed = hashlib.sha256(_BEN.encode()).hexdigest()
    file = write(tmp_path / "tokens", f"# clinic\n\nanne: {_ANNE}\n  ben@ward-2 :sha256:{hashed}\n")
    tokens = Tokens(secret=_NEW, file=file)
    assert [tokens.name_of(given) for given in (_ANNE, _BEN, _NEW)] == ["anne", "ben@ward-2", ENVIRONMENT]
    for wrong in ("", _ANNE[:-1], _ANNE + "a", hashed, "é" * 32, f"sha256:{hashed}"):
        assert tokens.name_of(wrong) is None


def test_a_token_is_rotated_without_a_restart(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    file = write(tmp_path / "tokens", f"anne: {_ANNE}\n")
    tokens = Tokens(file=file)
    write(file, f"anne: {_ANNE}\nanne: {_NEW}\n")
    assert tokens.name_of(_ANNE) == tokens.name_of(_NEW) == "anne"
    write(file, f"anne: {_NEW}\n")
    assert tokens.name_of(_ANNE) is None
    assert tokens.name_of(_NEW) == "anne"
    with caplog.at_level(logging.INFO):
        write(file, "anne: short\n")
        assert tokens.name_of(_NEW) == "anne"
        file.unlink()
        assert tokens.name_of(_NEW) == "anne"
    assert [record.levelname for record in caplog.records] == ["ERROR", "ERROR"]
    assert "The tokens of before hold on" in caplog.text and _NEW not in caplog.text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "holds no token"),
        ("# nothing\n", "holds no token"),
        ("anne\n", "line 1, is no token"),
        (f"anne: {_ANNE}\nanne smith: {_BEN}\n", "line 2, is no token"),
        ("anne: short\n", "5 characters; it needs at least 16"),
        (f"anne: {'é' * 20}\n", "all ASCII"),
        ("anne: sha256:abc\n", "no SHA-256 of 64"),
    ],
)
def test_a_file_that_is_none_is_refused(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said) as raised:
        Tokens(file=write(tmp_path / "tokens", text))
    assert _ANNE not in str(raised.value)


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        Tokens(file=tmp_path / "nowhere")
    (tmp_path / "latin").write_bytes(b"anne: \xff")
    with pytest.raises(ConfigError, match="not UTF-8"):
        Tokens(file=tmp_path / "latin")
