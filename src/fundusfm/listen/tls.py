"""Encryption of DICOM connections (PS3.15, annex B): TLS 1.2 and newer, by Python's own ssl."""

import ssl

from fundusfm.config.dicom import ListenConfig
from fundusfm.errors import ConfigError


def server_context(config: ListenConfig) -> ssl.SSLContext | None:
    """Returns the encryption of what is received; None without a certificate.

    Raises:
        ConfigError: A file is missing or does not belong to the others.
    """
    if config.tls_certificate is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    _load(context, config)
    if config.tls_ca is not None:
        context.verify_mode = ssl.CERT_REQUIRED
    return context


def client_context(config: ListenConfig) -> ssl.SSLContext:
    """Returns the encryption of what is sent: the peer must show a certificate for its name.

    Raises:
        ConfigError: A file is missing or does not belong to the others.
    """
    context = ssl.create_default_context() if config.tls_ca is None else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    _load(context, config)
    return context


def _load(context: ssl.SSLContext, config: ListenConfig) -> None:
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        if config.tls_certificate is not None:
            # A key with a password would ask for it at the terminal, where a service has none.
            context.load_cert_chain(config.tls_certificate, config.tls_key, password="")
        if config.tls_ca is not None:
            context.load_verify_locations(config.tls_ca)
    except (OSError, ValueError) as error:
        raise ConfigError(
            f"--tls-certificate, --tls-key or --tls-ca cannot be used ({error}): give PEM files that exist, a key "
            "that belongs to the certificate, and none with a password."
        ) from None
