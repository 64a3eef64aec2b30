"""A FHIR server that reports are sent to: one transaction per report, again while the server is busy.

Sending a report twice makes nothing twice, because every entry says `ifNoneExist`. Messages of the HTTP library quote
addresses, and are not passed on.
"""

import json
from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any

from fundusfm.errors import ConfigError, FhirError
from fundusfm.screening.documents.fhir import MIME

_BUSY = (
    HTTPStatus.REQUEST_TIMEOUT,
    HTTPStatus.TOO_MANY_REQUESTS,
    HTTPStatus.BAD_GATEWAY,
    HTTPStatus.SERVICE_UNAVAILABLE,
    HTTPStatus.GATEWAY_TIMEOUT,
)
_LONGEST_SAID = 300


class FhirRefusedError(FhirError):
    """The server does not take this report; it may take others."""


class FhirServer:
    """One FHIR R4 server.

    Args:
        url: Base address of the service, such as `https://hospital.example/fhir`.
        token_file: File with a bearer token; it is read for every report, so that it can be replaced at any time.
        timeout: Seconds to wait for a connection, and for each part of an answer.
        retries: Attempts per report, at least 1; waits in between double from half a second.

    Raises:
        ConfigError: The address is none or holds credentials, or a number is out of range.
    """

    def __init__(self, url: str, *, token_file: Path | None = None, timeout: float = 30.0, retries: int = 4) -> None:
        import requests
        from requests.adapters import HTTPAdapter
        from urllib3.util import Retry

        if "@" in url:
            raise ConfigError(
                "The FHIR address holds a user name or a password, which would stay in the shell's history and in "
                "process lists: give it without them, and a file with a bearer token."
            )
        if not url.startswith(("http://", "https://")):
            raise ConfigError(f"{url} is no FHIR address: it begins with http:// or https://.")
        if timeout <= 0 or retries < 1:
            raise ConfigError(f"The timeout is {timeout} and the number of attempts {retries}; they must be above 0.")
        self._url = url.rstrip("/")
        self._token_file = token_file
        self._timeout = timeout
        self._session = requests.Session()
        self._session.trust_env = False  # a .netrc must not replace the token
        again = Retry(
            total=retries - 1,
            backoff_factor=0.25,
            status_forcelist=_BUSY,
            allowed_methods=None,  # a transaction may be sent again: every entry says ifNoneExist
            raise_on_status=False,
            respect_retry_after_header=False,  # a wait of hours belongs to whoever calls
        )
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, HTTPAdapter(max_retries=again))

    def send(self, bundle: Mapping[str, Any]) -> None:
        """Sends a report; when this returns, the server has it.

        Args:
            bundle: A transaction, from `diagnostic_report`.

        Raises:
            FhirRefusedError: The server does not take it.
            FhirError: The server cannot be reached, is busy, fails, or is none.
            ConfigError: The token cannot be read.
        """
        import requests

        headers = {"Content-Type": MIME, "Accept": MIME, **self._authorization()}
        try:
            answer = self._session.post(
                self._url, json.dumps(bundle).encode(), headers=headers, timeout=self._timeout, allow_redirects=False
            )
        except requests.RequestException as error:
            raise FhirError(
                f"{self._url} cannot be reached ({type(error).__name__}): check address and network, then send again; "
                "nothing is made twice."
            ) from None
        self._check(answer.status_code, _parsed(answer.content))

    def _authorization(self) -> dict[str, str]:
        if self._token_file is None:
            return {}
        try:
            token = self._token_file.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(f"The token cannot be read from {self._token_file} ({type(error).__name__}).") from None
        if not token or not token.isascii() or any(sign.isspace() for sign in token):
            raise ConfigError(f"{self._token_file} holds no bearer token: one line of letters, digits and -._~+/ only.")
        return {"Authorization": f"Bearer {token}"}

    def _check(self, status: int, answer: Mapping[str, Any]) -> None:
        said = _outcome(answer)
        if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
            raise FhirError(f"{self._url} answers {status}{said}: check the bearer token and what it allows.")
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status in _BUSY:
            raise FhirError(f"{self._url} answers {status}{said}: send the report again later; nothing is made twice.")
        if not HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
            raise FhirRefusedError(f"{self._url} answers {status} and does not take the report{said}.")
        if answer.get("resourceType") != "Bundle":
            raise FhirError(f"{self._url} does not answer as a FHIR server does: check the address.")
        for entry in answer.get("entry", []):
            response = entry.get("response", {}) if isinstance(entry, dict) else {}
            if not str(response.get("status", "")).startswith("2"):
                raise FhirRefusedError(
                    f"{self._url} did not make all of the report: {str(response.get('status'))[:80]}"
                    f"{_outcome(response.get('outcome') or {})}."
                )


def _parsed(content: bytes) -> Mapping[str, Any]:
    try:
        answer = json.loads(content)
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}


def _outcome(answer: Mapping[str, Any]) -> str:
    """Returns what an OperationOutcome says, in brackets; empty where there is none."""
    if answer.get("resourceType") != "OperationOutcome":
        return ""
    issues = [issue for issue in answer.get("issue", []) if isinstance(issue, dict)]
    said = [str(one.get("diagnostics") or (one.get("details") or {}).get("text") or one.get("code")) for one in issues]
    text = " ".join("; ".join(said).split())
    return f" ({text[:_LONGEST_SAID]})" if text else ""
