"""A token beyond loopback, none on it, and never a short one."""

import pytest

from fundusfm.errors import ConfigError
from fundusfm.server.problems import UnauthorizedError
from fundusfm.server.protection.access import VARIABLE, check_token, choose_token, is_loopback


@pytest.fixture(autouse=True)
def _no_token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)


@pytest.mark.parametrize(
    ("host", "local"),
    [
        ("127.0.0.1", True),
        ("127.8.8.8", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("::", False),
        ("10.0.0.1", False),
        ("name", False),
    ],
)
def test_loopback(host: str, local: bool) -> None:
    assert is_loopback(host) is local


def test_a_token_is_made_up_beyond_loopback_only() -> None:
    assert choose_token("auto", "127.0.0.1") == (None, False)
    first, made_up = choose_token("auto", "0.0.0.0")
    second, _ = choose_token("token", "127.0.0.1")
    assert made_up and first and second and len(first) > 40 and first != second
    assert choose_token("none", "0.0.0.0") == (None, False)


def test_the_variable_is_the_token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "a" * 32)
    assert choose_token("auto", "127.0.0.1") == ("a" * 32, False)
    monkeypatch.setenv(VARIABLE, "short")
    with pytest.raises(ConfigError, match="at least 16"):
        choose_token("auto", "0.0.0.0")


def test_tokens_are_compared() -> None:
    check_token(None, None)
    check_token("secret", "secret")
    for wrong in (None, "", "secre", "secret ", "sécret"):
        with pytest.raises(UnauthorizedError):
            check_token("secret", wrong)
