"""The open files of this process: the three it begins with, and how many connections the system allows."""

import os
import sys

if sys.platform != "win32":
    import resource

DEFAULT_CONNECTIONS = 10_000
RESERVED_FILES = 100
"""For the database, the pages' files, the log and fetching a pool's keys."""


class TooFewFiles(Exception):
    """The system gives this process fewer open files than it was told to use; the text is a sentence."""


def make_room_for(connections: int | None) -> int:
    """Raise the soft limit of open files for so many connections; returns how many fit.

    None asks for DEFAULT_CONNECTIONS, or for as many as there may be. Raises TooFewFiles when a number was
    named that the system refuses.
    """
    wanted = connections or DEFAULT_CONNECTIONS
    allowed = _raise_limit(wanted + RESERVED_FILES) - RESERVED_FILES
    if allowed >= wanted:
        return wanted
    if connections is None and allowed > 0:
        return allowed
    choice = f"choose --max-connections {allowed}, or " if allowed > 0 else ""
    raise TooFewFiles(
        f"The system lets this program hold {max(0, allowed)} connections, not {wanted}: "
        f"{choice}raise the hard limit of open files (ulimit -Hn) to {wanted + RESERVED_FILES}."
    )


def open_standard_files() -> None:
    """Give standard input, output and error somewhere to lead to, if they are closed. Call this first of all.

    Else a socket would get such a number, and libuv ends the process for it.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            # The system gives the lowest number that is free: this one.
            os.open(os.devnull, os.O_RDWR)


def _raise_limit(wanted: int) -> int:
    """The soft limit of open files, after raising it to `wanted` as far as the system allows."""
    if sys.platform == "win32":
        return wanted
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return wanted
    reachable = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (reachable, hard))
    except (ValueError, OSError, OverflowError):
        # macOS has a lower bound of its own (kern.maxfilesperproc) than the hard limit it tells.
        return soft
    return reachable
