"""Titles and addresses of who may send."""

import pytest

from fundusfm.errors import ConfigError
from fundusfm.listen.peers import Peers, check_title


@pytest.mark.parametrize(
    ("given", "title", "address", "connects", "sends"),
    [
        ([], "ANY", "127.0.0.1", True, True),
        ([], "ANY", "::1", True, True),
        ([], "ANY", "10.1.2.3", False, False),
        (["CAMERA1@192.168.1.20"], "CAMERA1", "192.168.1.20", True, True),
        (["CAMERA1@192.168.1.20"], "CAMERA1 ", "::ffff:192.168.1.20", True, True),
        (["CAMERA1@192.168.1.20"], "CAMERA2", "192.168.1.20", True, False),
        (["CAMERA1@192.168.1.20"], "CAMERA1", "127.0.0.1", False, False),
        (["*@10.1.2.0/24", "CAMERA1@*"], "OTHER", "10.1.2.200", True, True),
        (["*@10.1.2.0/24", "CAMERA1@*"], "CAMERA1", "fe80::1%eth0", True, True),
        (["*@10.1.2.0/24", "CAMERA1@*"], "OTHER", "10.1.3.1", True, False),
    ],
)
def test_who_may_send(given: list[str], title: str, address: str, connects: bool, sends: bool) -> None:
    peers = Peers(given)
    assert (peers.may_connect(address), peers.may_send(title, address)) == (connects, sends)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("CAMERA1", "give TITLE@ADDRESS"),
        ("CAMERA1@camera.example", "Names of hosts are not looked up"),
        ("A-TITLE-THAT-IS-TOO-LONG@*", "is no AE title"),
        ("@10.0.0.1", "is no AE title"),
    ],
)
def test_what_is_no_peer(text: str, sentence: str) -> None:
    with pytest.raises(ConfigError, match=sentence):
        Peers([text])


def test_titles_have_sixteen_characters() -> None:
    assert check_title(" FUNDUSFM ", "--ae-title") == "FUNDUSFM"
    for wrong in ("", "é", "A\\B", "A" * 17):
        with pytest.raises(ConfigError, match="1 to 16"):
            check_title(wrong, "--ae-title")
