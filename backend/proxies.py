"""Who sent a request: the peer itself, or whom a reverse proxy in front of this server names.

Anybody can write X-Forwarded-For, so it counts only from proxies that the operator named
(`--trusted-proxies`), and is read from the right: each proxy adds the address that it saw at the end.
"""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import NamedTuple

from aiohttp import web

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

FORWARDING_HEADERS = (
    "Forwarded",
    "Via",
    "X-Forwarded-For",
    "X-Forwarded-Host",
    "X-Forwarded-Proto",
    "X-Real-IP",
)
"""What proxies add. A request without any of them came straight from its client."""

MAPPED_BITS = 96
"""What stands before an IPv4 address that is written as an IPv6 one (::ffff:10.0.0.7)."""

HOME_BITS = 64
"""What one household or host is given of IPv6: within it, addresses cost nothing, so they count as one."""


class Client(NamedTuple):
    """Where a request comes from, and as what its sender knows this server."""

    address: str
    """The client's IP address; empty where the connection has none (a Unix socket)."""
    scheme: str
    host: str
    """With its port, if it was named."""


def read_networks(text: str) -> tuple[Network, ...]:
    """The networks of a list such as `10.0.0.0/8, ::1`. Raises ValueError with a sentence."""
    return tuple(_network(part.strip()) for part in text.split(","))


def _network(text: str) -> Network:
    try:
        network = ip_network(text.replace("[", "").replace("]", ""), strict=False)
    except ValueError as error:
        raise ValueError(f"{text!r} is no address or network, such as 10.0.0.7 or 10.0.0.0/8") from error
    mapped = network[0].ipv4_mapped if isinstance(network, IPv6Network) else None
    if mapped is not None and network.prefixlen >= MAPPED_BITS:
        # Addresses are compared as IPv4, however a dual-stack system prints them.
        network = IPv4Network((mapped, network.prefixlen - MAPPED_BITS))
    if not network.prefixlen:
        raise ValueError(f"{text} would trust everybody; name the addresses of your proxies")
    return network


class TrustedProxies:
    """Tells a request's client, past the proxies that are named here."""

    def __init__(self, networks: tuple[Network, ...] = ()) -> None:
        self._networks = networks

    def trusts(self, peer: str | None) -> bool:
        """Whether this is the address of a named proxy."""
        address = read_address(peer or "")
        return address is not None and self._covers(address)

    def client(self, request: web.BaseRequest) -> Client:
        """Who sent this request, over which scheme, to which host."""
        peer = read_address(request.remote or "")
        if peer is None or not self._covers(peer):
            return Client("" if peer is None else str(peer), request.scheme, request.host)
        scheme = _last(request, "X-Forwarded-Proto").lower()
        return Client(
            str(self._behind(peer, request)),
            scheme if scheme in ("http", "https") else request.scheme,
            _last(request, "X-Forwarded-Host") or request.host,
        )

    def _behind(self, peer: Address, request: web.BaseRequest) -> Address:
        """The first address from the right that is no proxy of ours; what stands left of it may be forged."""
        nearest = peer
        for text in reversed(list_header(request, "X-Forwarded-For")):
            address = read_address(text)
            if address is None:
                return nearest
            nearest = address
            if not self._covers(address):
                return nearest
        return nearest

    def _covers(self, address: Address) -> bool:
        return any(address in network for network in self._networks)


def is_forwarded(request: web.BaseRequest) -> bool:
    """Whether a proxy has passed this request on, or the sender pretends so."""
    return any(name in request.headers for name in FORWARDING_HEADERS)


def neighbourhood(address: str) -> str:
    """What limits for an address count by: an IPv4 address, or the /64 of an IPv6 address."""
    found = read_address(address)
    if isinstance(found, IPv6Address):
        return str(ip_network((found, HOME_BITS), strict=False))
    return address


def list_header(request: web.BaseRequest, name: str) -> list[str]:
    """A list header's entries: it may come in several lines, which count as one (RFC 9110, section 5.3)."""
    return [part.strip() for part in ",".join(request.headers.getall(name, ())).split(",") if part.strip()]


def _last(request: web.BaseRequest, name: str) -> str:
    """What the nearest proxy wrote."""
    entries = list_header(request, name)
    return entries[-1] if entries else ""


def read_address(text: str) -> Address | None:
    """An address as proxies write it: with a port, in brackets, or as IPv4 inside IPv6."""
    bare = text.partition("]")[0].removeprefix("[") if text.startswith("[") else text
    if bare.count(":") == 1:
        bare = bare.partition(":")[0]
    try:
        address = ip_address(bare)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address
