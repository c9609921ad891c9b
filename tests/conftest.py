"""The rings in their order: unit and integration first, then real browsers, last of all sound, in peace."""

from pathlib import Path

import pytest

E2E = Path(__file__).parent / "e2e"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Playwright keeps an event loop running to the end; tests with loops of their own come before.

    `make test` runs two tests at a time. Those that judge sound come last and one after the other.
    """
    items.sort(key=lambda item: (item.path.is_relative_to(E2E), is_quiet(item)))
    for item in items:
        if is_quiet(item):
            item.add_marker(pytest.mark.xdist_group("quiet"))


def is_quiet(item: pytest.Item) -> bool:
    return item.get_closest_marker("quiet") is not None
