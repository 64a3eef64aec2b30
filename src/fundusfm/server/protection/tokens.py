"""Access tokens: one from the environment, and named ones in a file that may change while the server runs."""

import hashlib
import logging
import re
import secrets
from pathlib import Path

from fundusfm.errors import ConfigError

SHORTEST = 16
"""Characters that a token needs to keep anyone out."""

ENVIRONMENT = "environment"
"""Name of the token that the environment holds, or that was made up at the start."""

_LOG = logging.getLogger(__name__)
_LINE = re.compile(r"(?P<name>[A-Za-z0-9_.@-]{1,64})\s*:\s*(?P<value>\S+)", re.ASCII)
_HASH = re.compile(r"sha256:(?P<hex>[0-9a-f]{64})")
_EXPECTED = "expected NAME: SECRET, or NAME: sha256: and the 64 digits of the secret's SHA-256"


class Tokens:
    """The tokens of a server.

    The file has a line `NAME: SECRET` or `NAME: sha256:HEX` for each token; empty lines and those that begin with # are
    passed over. A name may have several lines, so that an old token and its successor hold at the same time. A file
    that has changed is read again with the next request. If it cannot be read then, the tokens of before hold on.

    Args:
        secret: A token without a line in the file.
        file: The file.

    Raises:
        ConfigError: The file cannot be read, holds no token, or has a line that is none.
    """

    def __init__(self, *, secret: str | None = None, file: Path | None = None) -> None:
        self._own = [] if secret is None else [(ENVIRONMENT, _digest(secret))]
        self._file = file
        self._version = None if file is None else _version(file)
        self._read = [] if file is None else read_tokens(file)

    def name_of(self, given: str) -> str | None:
        """Returns the name of a token; None for one that does not hold.

        Every token is compared, in a time that does not depend on which one it is or how much of it is right.
        """
        self._refresh()
        digest, found = _digest(given), None
        for name, expected in (*self._own, *self._read):
            if secrets.compare_digest(digest, expected):
                found = name
        return found

    def _refresh(self) -> None:
        if self._file is None or (version := _version(self._file)) == self._version:
            return
        self._version = version
        try:
            self._read = read_tokens(self._file)
        except ConfigError as error:
            _LOG.error("%s The tokens of before hold on.", error)
        else:
            names = sorted({name for name, _ in self._read})
            _LOG.info("tokens were read again: %s", ", ".join(names))


def read_tokens(file: Path) -> list[tuple[str, bytes]]:
    """Returns the name and the SHA-256 of each token in a file.

    Raises:
        ConfigError: The file cannot be read, holds no token, or has a line that is none. No secret is quoted.
    """
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8"
        raise ConfigError(f"--tokens {file} cannot be read ({reason}): {_EXPECTED} in each line.") from None
    found = []
    for number, line in enumerate(lines, start=1):
        if not (text := line.strip()) or text.startswith("#"):
            continue
        if (parts := _LINE.fullmatch(text)) is None:
            raise ConfigError(f"--tokens {file}, line {number}, is no token: {_EXPECTED}.")
        name, value = parts["name"], parts["value"]
        if hashed := _HASH.fullmatch(value):
            found.append((name, bytes.fromhex(hashed["hex"])))
        elif value.startswith("sha256:"):
            raise ConfigError(f"--tokens {file}, line {number}, has no SHA-256 of 64 lower-case digits: {_EXPECTED}.")
        elif len(value) < SHORTEST or not value.isascii():
            raise ConfigError(
                f"--tokens {file}, line {number}: the token of {name} has {len(value)} characters; it needs at least "
                f"{SHORTEST}, all ASCII: take a random one, such as of 'openssl rand -hex 32'."
            )
        else:
            found.append((name, _digest(value)))
    if not found:
        raise ConfigError(f"--tokens {file} holds no token: {_EXPECTED} in each line.")
    return found


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()


def _version(file: Path) -> tuple[int, int, int] | None:
    """Returns what changes when a file is written or replaced; None where there is none."""
    try:
        status = file.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino
