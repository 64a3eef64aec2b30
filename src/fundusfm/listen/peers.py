"""Who may send: AE titles and addresses."""

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from fundusfm.errors import ConfigError

ANY = "*"
_LONGEST_TITLE = 16

Network = IPv4Network | IPv6Network


@dataclass(frozen=True)
class Peer:
    """One or more senders.

    Attributes:
        title: AE title; `*` for any.
        network: Addresses; None for any.
    """

    title: str
    network: Network | None

    def is_at(self, address: IPv4Address | IPv6Address) -> bool:
        """Whether an address is in the network."""
        return self.network is None or address in self.network


class Peers:
    """The senders that are allowed.

    Args:
        given: Each as `TITLE@ADDRESS`; empty allows any title from this machine.

    Raises:
        ConfigError: One is not of this form.
    """

    def __init__(self, given: Sequence[str]) -> None:
        self._peers = [_parsed(one) for one in given or ("*@127.0.0.0/8", "*@::1")]

    def may_connect(self, address: str) -> bool:
        """Whether anybody at an address may send."""
        where = _plain(address)
        return any(peer.is_at(where) for peer in self._peers)

    def may_send(self, title: str, address: str) -> bool:
        """Whether a sender with this title, at this address, may send."""
        where = _plain(address)
        return any(peer.title in (ANY, title.strip()) and peer.is_at(where) for peer in self._peers)


def check_title(title: str, option: str) -> str:
    """Returns an AE title without spaces around it.

    Args:
        title: The title.
        option: What to call it in the message.

    Raises:
        ConfigError: It is none: 1 to 16 characters of ASCII, without backslash (PS3.5, 6.2).
    """
    title = title.strip()
    if not title or len(title) > _LONGEST_TITLE or not title.isascii() or not title.isprintable() or "\\" in title:
        raise ConfigError(
            f"{option} {title!r} is no AE title: it has 1 to {_LONGEST_TITLE} letters, digits and signs, such as "
            "FUNDUSFM."
        )
    return title


def _parsed(text: str) -> Peer:
    title, at, address = text.rpartition("@")
    if not at:
        raise ConfigError(f"--peers {text} is no peer: give TITLE@ADDRESS, such as CAMERA1@192.168.1.20.")
    if title != ANY:
        title = check_title(title, "--peers")
    if address == ANY:
        return Peer(title, None)
    try:
        return Peer(title, ip_network(address.strip("[]"), strict=False))
    except ValueError:
        raise ConfigError(
            f"--peers {text}: {address!r} is no address: give one such as 192.168.1.20, 10.1.2.0/24 or fd00::/8, "
            "or * for any. Names of hosts are not looked up."
        ) from None


def _plain(address: str) -> IPv4Address | IPv6Address:
    """Returns an address; an IPv4 address that is mapped into IPv6 as IPv4."""
    found = ip_address(address.partition("%")[0])
    return found.ipv4_mapped or found if isinstance(found, IPv6Address) else found
