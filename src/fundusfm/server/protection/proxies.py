"""Proxies in front of the server: under which path they show it, and whose headers are trusted."""

import ipaddress
import re
from collections.abc import Sequence

from fundusfm.errors import ConfigError

_ROOT = re.compile(r"(/[A-Za-z0-9._~-]+)+", re.ASCII)


def check_root_path(path: str) -> str:
    """Returns a path under which a proxy shows the server, without a slash at its end.

    Raises:
        ConfigError: It does not begin with a slash, or has signs other than letters, digits and . _ ~ -.
    """
    bare = path.rstrip("/")
    if bare and not _ROOT.fullmatch(bare):
        raise ConfigError(
            f"--root-path {path} is no path: give the one that the proxy shows, such as /screening, of letters, digits "
            "and . _ ~ - only."
        )
    return bare


def check_proxies(proxies: Sequence[str]) -> list[str]:
    """Returns the addresses and networks of proxies whose X-Forwarded-For and X-Forwarded-Proto are believed.

    Raises:
        ConfigError: One is neither, or a network of everybody.
    """
    networks = []
    for proxy in proxies:
        try:
            network = ipaddress.ip_network(proxy, strict=False)
        except ValueError:
            raise ConfigError(
                f"--trusted-proxies {proxy} is no address: give addresses or networks, such as 10.0.0.5 or 10.0.0.0/24."
            ) from None
        if network.prefixlen == 0:
            raise ConfigError(
                f"--trusted-proxies {proxy} is everybody, so anyone could say to be anyone: name the proxy's address."
            )
        networks.append(str(network))
    return networks
