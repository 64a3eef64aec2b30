"""Destinations of results: an archive that takes C-STORE, one behind DICOMweb, or a FHIR server."""

import json
import ssl
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import unquote, urlsplit

from pydicom import dcmread

from fundusfm.config.dicom import ListenConfig
from fundusfm.errors import ConfigError, FhirError, PacsError
from fundusfm.listen.peers import check_title
from fundusfm.listen.spool import DICOM_SUFFIX, FHIR_SUFFIX
from fundusfm.listen.tls import client_context
from fundusfm.screening.dicom.archive import Archive, RefusedError
from fundusfm.screening.documents.fhir_server import FhirRefusedError, FhirServer

Send = Callable[[Path], None]

_PLAIN, _TLS, _FHIR = "dicom", "dicom+tls", "fhir+"
_RESULTS = (
    "1.2.840.10008.5.1.4.1.1.7",  # Secondary Capture
    "1.2.840.10008.5.1.4.1.1.88.33",  # Comprehensive SR
    "1.2.840.10008.5.1.4.1.1.104.1",  # Encapsulated PDF
    "1.2.840.10008.5.1.4.1.1.66.4",  # Segmentation
)
_EXPLICIT, _IMPLICIT, _RLE = "1.2.840.10008.1.2.1", "1.2.840.10008.1.2", "1.2.840.10008.1.2.5"
_DUPLICATE, _OUT_OF_RESOURCES, _WARNING = 0x0111, 0xA7, 0xB


class Destination(ABC):
    """An archive or a FHIR server.

    Attributes:
        name: Its address, by which the journal knows it.
        suffix: Suffix of the files that it gets.
    """

    name: str
    suffix = DICOM_SUFFIX

    @abstractmethod
    @contextmanager
    def session(self) -> Iterator[Send]:
        """Yields a function that stores a file; a file that is there already counts as stored.

        Raises:
            RefusedError: The archive does not take a file; it may take others.
            PacsError: The archive cannot be reached, or is busy.
        """
        yield lambda file: None


class WebDestination(Destination):
    """An archive behind DICOMweb (STOW-RS).

    Args:
        url: Address of the service.
        timeout: Seconds to wait for an answer.
    """

    def __init__(self, url: str, *, timeout: float) -> None:
        self.name = url
        self._archive = Archive(url, timeout=timeout, retries=1)

    @contextmanager
    def session(self) -> Iterator[Send]:
        """See `Destination.session`."""
        yield lambda file: self._archive.store(dcmread(file))


class StorageDestination(Destination):
    """An archive that takes C-STORE.

    Args:
        url: Such as `dicom://ARCHIVE@pacs.example:104`.
        own_title: AE title of this service.
        timeout: Seconds to wait for an answer.
        tls: Encryption; none without it.

    Raises:
        ConfigError: The address lacks a title, a host or a port.
    """

    def __init__(self, url: str, *, own_title: str, timeout: float, tls: ssl.SSLContext | None) -> None:
        parts = urlsplit(url)
        try:
            host, port = parts.hostname, parts.port
        except ValueError:
            host, port = None, None
        if not parts.username or not host or not port or parts.password or parts.path.strip("/"):
            raise ConfigError(
                f"--to {url} is no address of an archive: give {parts.scheme}://TITLE@HOST:PORT, such as "
                f"{parts.scheme}://ARCHIVE@pacs.example:104."
            )
        self.name = url
        self._host, self._port, self._tls, self._timeout = host, port, tls, timeout
        self._title = check_title(unquote(parts.username), "--to: the title")
        self._own_title = own_title

    @contextmanager
    def session(self) -> Iterator[Send]:
        """See `Destination.session`."""
        from pynetdicom import AE

        entity = AE(self._own_title)
        entity.acse_timeout = entity.dimse_timeout = entity.network_timeout = self._timeout
        entity.connection_timeout = self._timeout
        for sop_class in _RESULTS:
            entity.add_requested_context(sop_class, [_EXPLICIT, _IMPLICIT])
        entity.add_requested_context(_RESULTS[0], _RLE)
        tls = None if self._tls is None else (self._tls, self._host)
        association = entity.associate(self._host, self._port, ae_title=self._title, tls_args=tls)
        if association.is_rejected:
            raise PacsError(f"{self.name} rejects the association: check the titles that it knows, and its log.")
        if not association.is_established:
            raise PacsError(f"{self.name} cannot be reached: check address, network and encryption.")
        accepted = {(str(one.abstract_syntax), str(one.transfer_syntax[0])) for one in association.accepted_contexts}

        def send(file: Path) -> None:
            instance = dcmread(file)
            sop_class = str(instance.SOPClassUID)
            syntaxes = {syntax for one, syntax in accepted if one == sop_class}
            if not syntaxes:
                raise RefusedError(f"{self.name} does not take instances of SOP class {sop_class}.")
            if instance.file_meta.TransferSyntaxUID == _RLE and _RLE not in syntaxes:
                instance.decompress(as_rgb=False, generate_instance_uid=False)
            try:
                status = association.send_c_store(instance).get("Status")
            except RuntimeError:  # the association has ended
                status = None
            self._judge(status)

        try:
            yield send
        finally:
            association.release()

    def _judge(self, status: int | None) -> None:
        if status is None:
            raise PacsError(f"{self.name} ended the association or did not answer within {self._timeout:g} seconds.")
        if status in (0, _DUPLICATE) or status >> 12 == _WARNING:
            return
        if status >> 8 == _OUT_OF_RESOURCES:
            raise PacsError(f"{self.name} is out of resources (status {status:04X}).")
        raise RefusedError(f"{self.name} refuses an instance (status {status:04X}): its log says why.")


class FhirDestination(Destination):
    """A FHIR R4 server.

    Args:
        name: Its address behind `fhir+`.
        token_file: File with a bearer token.
        timeout: Seconds to wait for an answer.
    """

    suffix = FHIR_SUFFIX

    def __init__(self, name: str, *, token_file: str | None, timeout: float) -> None:
        self.name = name
        token = None if token_file is None else Path(token_file)
        self._server = FhirServer(name.removeprefix(_FHIR), token_file=token, timeout=timeout, retries=1)

    @contextmanager
    def session(self) -> Iterator[Send]:
        """See `Destination.session`."""

        def send(file: Path) -> None:
            try:
                self._server.send(json.loads(file.read_text(encoding="utf-8")))
            except FhirRefusedError as error:
                raise RefusedError(str(error)) from None
            except (FhirError, ConfigError) as error:  # a token that is just being replaced cannot be read
                raise PacsError(str(error)) from None

        yield send


def destinations(config: ListenConfig) -> list[Destination]:
    """Returns the archives that `--to` names.

    Raises:
        ConfigError: There is none, or an address is none.
    """
    if not config.to:
        raise ConfigError(
            "--to is missing: give the archive that results go to, such as dicom://ARCHIVE@127.0.0.1:104."
        )
    found: list[Destination] = []
    for url in dict.fromkeys(config.to):
        scheme = url.partition("://")[0]
        if scheme in (_PLAIN, _TLS):
            tls = client_context(config) if scheme == _TLS else None
            found.append(StorageDestination(url, own_title=config.ae_title, timeout=config.timeout, tls=tls))
        elif scheme in ("http", "https"):
            found.append(WebDestination(url, timeout=config.timeout))
        elif scheme in ("fhir+http", "fhir+https"):
            found.append(FhirDestination(url, token_file=config.fhir_token, timeout=config.timeout))
        else:
            raise ConfigError(
                f"--to {url} is no address: it begins with dicom://, dicom+tls://, https://, http://, fhir+https:// or "
                "fhir+http://."
            )
    return found
