"""Certificates for tests: an authority, and one for this machine that it signed; made by openssl."""

import shutil
import ssl
import subprocess
from pathlib import Path

OPENSSL = shutil.which("openssl")


class Certificates:
    """Files in a folder.

    Attributes:
        authority: Certificate of the authority.
        certificate: Certificate for localhost.
        key: Its private key.
    """

    def __init__(self, folder: Path) -> None:
        self.authority, self.certificate, self.key = (str(folder / name) for name in ("ca.pem", "own.pem", "own.key"))
        authority_key = str(folder / "ca.key")
        new = [str(OPENSSL), "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
        own = ["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-addext", "basicConstraints=critical,CA:FALSE"]
        _call([*new, "-subj", "/CN=Tests", "-keyout", authority_key, "-out", self.authority])
        signed = ["-CA", self.authority, "-CAkey", authority_key]
        _call([*new, "-subj", "/CN=localhost", *own, *signed, "-keyout", self.key, "-out", self.certificate])

    def client(self, *, known: bool = True) -> ssl.SSLContext:
        """Returns the encryption of a peer, with or without a certificate of its own."""
        context = ssl.create_default_context(cafile=self.authority)
        if known:
            context.load_cert_chain(self.certificate, self.key)
        return context


def _call(command: list[str]) -> None:
    subprocess.run(command, check=True, capture_output=True)
