import pytest

from fundusfm.errors import ConfigError
from fundusfm.server.protection.proxies import check_proxies, check_root_path


@pytest.mark.parametrize(
    ("given", "kept"), [("", ""), ("/", ""), ("//", ""), ("/screening", "/screening"), ("/eyes/v1.2/", "/eyes/v1.2")]
)
def test_paths_lose_the_slash_at_their_end(given: str, kept: str) -> None:
    assert check_root_path(given) == kept


@pytest.mark.parametrize("path", ["screening", "/a//b", "/a b", "https://host/a", "/a?b", '/"'])
def test_anything_else_is_refused(path: str) -> None:
    with pytest.raises(ConfigError, match="is no path"):
        check_root_path(path)


def test_proxies_are_addresses_or_networks() -> None:
    assert check_proxies(["10.0.0.5", "10.1.2.3/16", "::1"]) == ["10.0.0.5/32", "10.1.0.0/16", "::1/128"]
    for proxy in ("proxy.example", "*", "10.0.0.5:80"):
        with pytest.raises(ConfigError, match="is no address"):
            check_proxies([proxy])
    for everybody in ("0.0.0.0/0", "::/0"):
        with pytest.raises(ConfigError, match="is everybody"):
            check_proxies([everybody])
