"""The order of the tests, and peace for those that judge sound or time."""

import fcntl
import os
from collections.abc import Generator
from pathlib import Path

import pytest

from tools.runtime import RUNTIME, ensure, ensure_snapshot
from tools.runtime.layout import is_sound
from tools.runtime.pins import load_pins

E2E = Path(__file__).parent / "e2e"
TURNS = os.open(__file__, os.O_RDONLY)
"""Every test of every worker (`pytest -n`) holds a lock on this file: together, or alone if it is quiet."""


def pytest_configure() -> None:
    """A browser runtime laid out for other pins, as after an update of the checkout, is laid out anew."""
    if RUNTIME.exists() and not is_sound(RUNTIME, load_pins()):
        ensure()
        ensure_snapshot(RUNTIME)


@pytest.hookimpl(tryfirst=True)  # before xdist looks for groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Playwright keeps an event loop running to the end; tests with loops of their own come before.

    The long ones begin first, so that no worker waits long for the other; with `--dist loadgroup` the
    quiet ones are for one worker, and the other ends, with its browser and its servers.
    """
    items.sort(key=lambda item: (item.path.is_relative_to(E2E), is_quiet(item), not is_marked(item, "long")))
    for item in items:
        if is_quiet(item):
            item.add_marker(pytest.mark.xdist_group("quiet"))


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(
    item: pytest.Item, nextitem: pytest.Item | None
) -> Generator[None, object, object]:
    """Waits for its turn before pytest-timeout counts; the system frees the lock of a worker that dies.

    What a module shares lives on between its tests (a talk, for one), so the lock is kept until its last.
    """
    fcntl.flock(TURNS, fcntl.LOCK_EX if is_quiet(item) else fcntl.LOCK_SH)
    try:
        return (yield)
    finally:
        if nextitem is None or nextitem.path != item.path or is_quiet(nextitem) != is_quiet(item):
            fcntl.flock(TURNS, fcntl.LOCK_UN)


def is_quiet(item: pytest.Item) -> bool:
    return is_marked(item, "quiet")


def is_marked(item: pytest.Item, name: str) -> bool:
    return item.get_closest_marker(name) is not None
