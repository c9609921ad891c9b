"""The rings in their order: unit and integration first, real browsers last."""

from pathlib import Path

import pytest

E2E = Path(__file__).parent / "e2e"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Playwright keeps an event loop running to the end; tests with loops of their own come before."""
    items.sort(key=lambda item: item.path.is_relative_to(E2E))
