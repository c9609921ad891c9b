"""The order of the tests: real browsers after all others, and last those that judge sound, in peace."""

from pathlib import Path

import pytest

E2E = Path(__file__).parent / "e2e"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Playwright keeps an event loop running to the end; tests with loops of their own come before."""
    items.sort(key=lambda item: (item.path.is_relative_to(E2E), is_quiet(item)))


def is_quiet(item: pytest.Item) -> bool:
    return item.get_closest_marker("quiet") is not None
