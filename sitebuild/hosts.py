"""Hosts as browsers write them, however people do: bücher.example, Talks.example, 2001:DB8:0:0:0:0:0:1."""

from ipaddress import IPv6Address

from yarl import URL

_ALLOWED = frozenset("abcdefghijklmnopqrstuvwxyz0123456789.-_")
"""None of them could end a source or a directive in a policy's text."""

LONGEST_LABEL = 63


def browser_host(host: str) -> str:
    """A host in small ASCII letters, an IPv6 address in its shortest form; without brackets.

    Letters beyond ASCII become `xn--...` by the rules of browsers, in which straße.example is not
    strasse.example. Raises ValueError for what is no host.
    """
    if ":" in host and "%" not in host:
        return IPv6Address(host).compressed
    name = host.lower()
    if not name.isascii():
        name = URL.build(scheme="https", host=name).raw_host or ""
    labels = name.removesuffix(".").split(".")
    if not set(name) <= _ALLOWED or not all(0 < len(label) <= LONGEST_LABEL for label in labels):
        raise ValueError(f"{host!r} is no host")
    return name
