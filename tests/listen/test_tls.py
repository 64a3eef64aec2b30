"""Files of certificates that cannot be used are sentences."""

import ssl
from pathlib import Path

import pytest
from tests.listen.certificates import OPENSSL, Certificates

from fundusfm.config.dicom import ListenConfig
from fundusfm.errors import ConfigError
from fundusfm.listen.tls import client_context, server_context

pytestmark = pytest.mark.skipif(OPENSSL is None, reason="openssl is not installed")


def test_there_is_none_without_a_certificate_and_peers_are_checked_with_an_authority(tmp_path: Path) -> None:
    made = Certificates(tmp_path)
    assert server_context(ListenConfig(spool="")) is None
    own = {"tls_certificate": made.certificate, "tls_key": made.key}
    open_to_all = server_context(ListenConfig(spool="", **own))
    closed = server_context(ListenConfig(spool="", **own, tls_ca=made.authority))
    assert open_to_all is not None and open_to_all.verify_mode == ssl.CERT_NONE
    assert closed is not None and closed.verify_mode == ssl.CERT_REQUIRED
    assert closed.minimum_version == ssl.TLSVersion.TLSv1_2
    assert client_context(ListenConfig(spool="", tls_ca=made.authority)).check_hostname


def test_missing_and_foreign_files(tmp_path: Path) -> None:
    made = Certificates(tmp_path)
    (tmp_path / "other").mkdir()
    other = Certificates(tmp_path / "other")
    for certificate, key in ((made.certificate, other.key), (str(tmp_path / "none.pem"), made.key)):
        with pytest.raises(ConfigError, match="PEM files that exist"):
            server_context(ListenConfig(spool="", tls_certificate=certificate, tls_key=key))
