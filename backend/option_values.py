"""Values of the command line, as people write them.

Each raises ArgumentTypeError with one sentence for what cannot be meant.
"""

import argparse
import math
import sys
from pathlib import Path

from backend.origins import read_origin
from backend.proxies import Network, read_networks
from sitebuild.pages import origin_of

LEAST, MOST = 1e-6, 10**9
"""Of numbers. Timers, the database and pages can count with all that lies between these."""

LAST_PORT = 65535
OFF = "off"


def positive_number(text: str) -> float:
    """A number above 0, with or without a fraction."""
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not 0 < number < math.inf:
        raise argparse.ArgumentTypeError(f"{text} is not a number above 0")
    return _within_reason(text, number)


def networks(text: str) -> tuple[Network, ...]:
    """Addresses and networks, such as `127.0.0.1,10.0.0.0/8`."""
    try:
        return read_networks(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def count(text: str) -> int:
    """A whole number above 0."""
    return int(_within_reason(text, _whole(text, 1, sys.maxsize, "a whole number above 0")))


def _within_reason(text: str, number: float) -> float:
    if not LEAST <= number <= MOST:
        raise argparse.ArgumentTypeError(f"{text} is not between {LEAST:f} and {MOST}")
    return number


def port(text: str) -> int:
    """A TCP port; 0 lets the system choose."""
    return _whole(text, 0, LAST_PORT, f"a port, which is 0 to {LAST_PORT}")


def _whole(text: str, least: int, most: int, wanted: str) -> int:
    try:
        number = int(text)
    except ValueError:
        number = least - 1
    if not least <= number <= most:
        raise argparse.ArgumentTypeError(f"{text} is not {wanted}")
    return number


def host(text: str) -> str:
    """An address to listen on, which may stand in brackets, as an IPv6 one does in an address bar."""
    # To the system an empty one, as an unset variable leaves it, means all addresses of the machine.
    bare = filled(text)
    if bare.startswith("[") and bare.endswith("]"):
        bare = bare[1:-1]
    if set(bare) & set("/[]*,@ ") or bare.count(":") == 1:
        raise argparse.ArgumentTypeError(
            f"{text} is no address to listen on, such as 127.0.0.1, or 0.0.0.0 for all; a port goes to --port"
        )
    return bare


def admin_place(text: str) -> str | tuple[str, int]:
    """`off`, or a host and a port, as in 127.0.0.1:8001 or [::1]:8001."""
    if text.strip().lower() == OFF:
        return OFF
    name, colon, number = filled(text).rpartition(":")
    if not colon or not name:
        raise argparse.ArgumentTypeError(
            f"{text} is neither off nor a host with a port, such as 127.0.0.1:8001"
        )
    return host(name), port(number)


def folder(text: str) -> Path:
    """A folder. A shell expands `--data ~/talks`, and leaves `--data=~/talks` to us."""
    # An empty one would mean the folder that the program happens to be started in.
    path = Path(filled(text))
    try:
        return path.expanduser()
    except RuntimeError:
        return path


def filled(text: str) -> str:
    """Any text but a blank one."""
    if not text.strip():
        raise argparse.ArgumentTypeError("the value is empty: write one, or leave the option out")
    return text.strip()


def url_host(host: str) -> str:
    """What to type in this machine's browser to reach a server that listens on `host`."""
    if host in ("", "0.0.0.0", "::"):  # noqa: S104 - compared, not listened on
        return "localhost"
    return f"[{host}]" if ":" in host else host


def page_origin(text: str) -> str:
    """The origin of pages hosted elsewhere, in any of its spellings."""
    try:
        read_origin(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
    return text


def connect_origin(url: str) -> str:
    """The origin of an http or ws address."""
    try:
        return origin_of(url)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{url} {error}") from error


def web_address(text: str) -> str:
    """A whole http address, or nothing."""
    if text.strip():
        connect_origin(text)
    return text.strip()
