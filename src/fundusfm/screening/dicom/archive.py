"""A DICOMweb archive (PS3.18): find, fetch and store, with timeouts, retries and one sentence per failure.

Messages of the HTTP libraries quote URLs, whose queries may hold a patient's identifier; they are not passed on.
"""

import logging
import os
import warnings
from collections.abc import Callable, Iterator, Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, TypeVar

from fundusfm.data.dicom.dataset import DAMAGE, quieten
from fundusfm.errors import ConfigError, DecodeError, PacsError

if TYPE_CHECKING:
    from pydicom.dataset import Dataset
    from requests import Session

T = TypeVar("T")

_PAGE = 200
_LARGEST_BODY = 1 << 31
_BUSY = (
    HTTPStatus.TOO_MANY_REQUESTS,
    HTTPStatus.REQUEST_TIMEOUT,
    HTTPStatus.BAD_GATEWAY,
    HTTPStatus.SERVICE_UNAVAILABLE,
    HTTPStatus.GATEWAY_TIMEOUT,
)
_DUPLICATE = 0x0111  # Duplicate SOP instance (PS3.7, annex C)
_STUDY, _SERIES, _INSTANCE, _FAILED = "0020000D", "0020000E", "00080018", "FailedSOPSequence"


class RefusedError(PacsError):
    """The archive refuses one instance; others may do."""


class Archive:
    """One DICOMweb service.

    Args:
        url: Address of the service.
        timeout: Seconds to wait for a connection, and for each part of an answer.
        retries: Attempts per request, at least 1; waits in between double from half a second.

    Raises:
        ConfigError: The URL is no address or holds credentials, half of the credentials is missing from the
            environment, or the timeout or the number of retries is out of range.
    """

    def __init__(self, url: str, *, timeout: float, retries: int) -> None:
        from dicomweb_client.api import DICOMwebClient

        _check_url(url)
        if timeout <= 0 or retries < 1:
            raise ConfigError(f"--timeout is {timeout} and --retries {retries}; they must be above 0.")
        quieten()
        logging.getLogger("dicomweb_client").setLevel(logging.CRITICAL + 1)
        self._url = url.rstrip("/")
        # Bodies are sent whole: one that is sent in chunks could not be sent again to a busy archive.
        self._client = DICOMwebClient(
            self._url, session=_session(retries), timeout=timeout, permissive_uid=True, chunk_size=_LARGEST_BODY
        )
        self._client.set_http_retry_params(
            max_attempts=retries, wait_exponential_multiplier=250, retriable_error_codes=_BUSY
        )

    def find_series(self, filters: Mapping[str, str]) -> list[tuple[str, str]]:
        """Returns study and series UIDs of the series that match.

        Args:
            filters: Attribute keyword to value, such as `{"Modality": "OP"}`.
        """
        found = self._pages(
            lambda offset: self._client.search_for_series(search_filters=dict(filters), limit=_PAGE, offset=offset)
        )
        return sorted({(_value(item, _STUDY), _value(item, _SERIES)) for item in found})

    def find_instances(self, study: str, series: str) -> list[str]:
        """Returns the SOP Instance UIDs of a series; none where the archive does not have it."""
        found = self._pages(
            lambda offset: self._client.search_for_instances(
                study, search_filters={"SeriesInstanceUID": series}, limit=_PAGE, offset=offset
            )
        )
        return sorted({_value(item, _INSTANCE) for item in found})

    def fetch(self, study: str, series: str, instance: str) -> "Dataset":
        """Fetches an instance in the transfer syntax it is stored in.

        Raises:
            DecodeError: The archive answers with something else than the instance.
            RefusedError: The archive does not give it out.
        """
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return self._asked(
                    lambda: self._client.retrieve_instance(
                        study, series, instance, media_types=(("application/dicom", "*"),)
                    )
                )
        except DAMAGE as error:
            raise DecodeError(
                f"{instance}: the archive sends something that cannot be read ({type(error).__name__})."
            ) from None

    def store(self, instance: "Dataset") -> None:
        """Stores an instance; one that the archive already has counts as stored, as after a run that was stopped.

        Raises:
            RefusedError: The archive does not take it.
        """
        try:
            answer = self._asked(lambda: self._client.store_instances([instance]))
        except RefusedError:
            if self._has(instance):
                return
            raise
        refused = list(answer.get(_FAILED) or [])
        if not refused:
            return
        reason = refused[0].get("FailureReason", "not stated")
        if reason != _DUPLICATE and not self._has(instance):
            raise RefusedError(f"The archive refuses to store an instance (failure reason {reason}).")

    def _has(self, instance: "Dataset") -> bool:
        uids = self.find_instances(str(instance.StudyInstanceUID), str(instance.SeriesInstanceUID))
        return str(instance.SOPInstanceUID) in uids

    def _pages(self, ask: Callable[[int], list[dict[str, Any]]]) -> Iterator[dict[str, Any]]:
        offset = 0
        while True:
            page = self._asked(lambda start=offset: ask(start))  # type: ignore[misc]
            yield from page
            if len(page) < _PAGE:
                return
            offset += len(page)

    def _asked(self, ask: Callable[[], T]) -> T:
        """Turns what the HTTP libraries raise into a sentence."""
        import requests
        from retrying import RetryError

        try:
            return ask()
        except RetryError as error:
            raise PacsError(
                f"{self._url} answers {error.last_attempt.value.status_code} after "
                f"{error.last_attempt.attempt_number} attempts, so it is busy: run the command again "
                "later; it goes on where it stopped."
            ) from None
        except requests.HTTPError as error:
            code = 0 if error.response is None else error.response.status_code
            said = f"{self._url} answers {code}"
            if code in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
                raise PacsError(
                    f"{said}: set FUNDUSFM_PACS_TOKEN, or FUNDUSFM_PACS_USER and FUNDUSFM_PACS_PASSWORD."
                ) from None
            kind = PacsError if code >= HTTPStatus.INTERNAL_SERVER_ERROR else RefusedError
            raise kind(f"{said} and does not take the request: check the path in --url, and its log.") from None
        except requests.JSONDecodeError:
            raise PacsError(f"{self._url} does not answer as DICOMweb does: check the path in --url.") from None
        except requests.RequestException as error:
            raise PacsError(
                f"{self._url} cannot be reached ({type(error).__name__}): check address and network, then "
                "run the command again; it goes on where it stopped."
            ) from None


def _check_url(url: str) -> None:
    """Refuses what is no address, and one that holds credentials, which no message may repeat.

    Raises:
        ConfigError: It is refused.
    """
    if "@" in url:  # wherever it is: a password may hold a slash, and the address may be mistyped
        raise ConfigError(
            "--url holds a user name or a password, which would stay in the shell's history and in process lists: "
            "give the address without them, and set FUNDUSFM_PACS_USER and FUNDUSFM_PACS_PASSWORD."
        )
    if not url.startswith(("http://", "https://")):
        raise ConfigError(f"--url {url} is no DICOMweb address: it begins with http:// or https://.")


def _session(retries: int) -> "Session":
    import requests
    from requests.adapters import HTTPAdapter
    from urllib3.util import Retry

    session = requests.Session()
    adapter = HTTPAdapter(max_retries=Retry(total=None, connect=retries - 1, read=0, redirect=3, backoff_factor=0.25))
    session.mount("http://", adapter)
    session.mount("https://", adapter)
    if token := os.environ.get("FUNDUSFM_PACS_TOKEN"):
        session.headers["Authorization"] = f"Bearer {token}"
        return session
    user, password = os.environ.get("FUNDUSFM_PACS_USER"), os.environ.get("FUNDUSFM_PACS_PASSWORD")
    if user and password:
        session.auth = (user, password)
    elif user or password:
        there, missing = ("USER", "PASSWORD") if user else ("PASSWORD", "USER")
        raise ConfigError(
            f"FUNDUSFM_PACS_{there} is set, but FUNDUSFM_PACS_{missing} is not: set both, or FUNDUSFM_PACS_TOKEN."
        )
    return session


def _value(item: Mapping[str, Any], tag: str) -> str:
    return str(next(iter(item.get(tag, {}).get("Value", [])), ""))
