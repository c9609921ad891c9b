"""The rings in their order: unit and integration first, then real browsers, last of all sound, in peace."""

from pathlib import Path

import pytest

E2E = Path(__file__).parent / "e2e"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Playwright keeps an event loop running to the end; tests with loops of their own come before.

    `make test` runs two tests at a time, but never two with real browsers, which take all the machine has.
    Those that judge sound come last of all.
    """
    items.sort(key=lambda item: (item.path.is_relative_to(E2E), is_quiet(item)))
    for item in items:
        if item.path.is_relative_to(E2E):
            item.add_marker(pytest.mark.xdist_group("browsers"))


def is_quiet(item: pytest.Item) -> bool:
    return item.get_closest_marker("quiet") is not None
