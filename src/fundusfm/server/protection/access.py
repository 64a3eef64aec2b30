"""Access control: beyond loopback, requests need a bearer token."""

import ipaddress
import os
import secrets
from pathlib import Path
from typing import Literal

from fundusfm.errors import ConfigError
from fundusfm.server.problems import UnauthorizedError
from fundusfm.server.protection.tokens import SHORTEST, Tokens

VARIABLE = "FUNDUSFM_TOKEN"

Auth = Literal["auto", "token", "none"]


def is_loopback(host: str) -> bool:
    """Whether an address to listen on is reached from this machine only."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def choose_token(auth: Auth, host: str) -> tuple[str | None, bool]:
    """Returns the token that requests must carry, and whether it was made up here; None asks for none.

    Args:
        auth: `auto` asks beyond loopback, or wherever the variable is set; `token` always, `none` never.
        host: The address to listen on.

    Raises:
        ConfigError: The token in the environment is too short to keep anyone out.
    """
    given = os.environ.get(VARIABLE, "")
    if auth == "none" or (auth == "auto" and is_loopback(host) and not given):
        return None, False
    if not given:
        return secrets.token_urlsafe(32), True
    if len(given) < SHORTEST or not given.isascii():
        raise ConfigError(f"The token in ${VARIABLE} has {len(given)} characters; it needs at least {SHORTEST}, all "
                          "ASCII: take a random one, such as of 'openssl rand -hex 32'.")  # fmt: skip
    return given, False


def choose_tokens(auth: Auth, host: str, file: str | None) -> tuple[Tokens | None, str]:
    """Returns the tokens of which requests must carry one, and the one that was made up here, if any.

    Args:
        auth: As for `choose_token`.
        host: The address to listen on.
        file: The file of named tokens; where there is one, none is made up, and `auto` asks for them everywhere.

    Raises:
        ConfigError: A token is too short, the file is no list of tokens, or `none` contradicts it.
    """
    if file is None:
        token, made_up = choose_token(auth, host)
        return (None if token is None else Tokens(secret=token)), (token or "") if made_up else ""
    if auth == "none":
        raise ConfigError("--auth none asks for no token, and --tokens names some: leave one of them out.")
    given = choose_token(auth, host)[0] if os.environ.get(VARIABLE) else None
    return Tokens(secret=given, file=Path(file)), ""


def check_token(expected: str | None, given: str | None) -> None:
    """Compares tokens in a time that tells nothing.

    Raises:
        UnauthorizedError: They differ.
    """
    if expected is not None and not secrets.compare_digest(expected.encode(), (given or "").encode()):
        raise UnauthorizedError
