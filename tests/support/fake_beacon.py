"""What sends a page's figures, with the batches for the test to read. Portable."""

import json
from typing import Any


class FakeBeacon:
    """Implements ports.Beacon; `sent` are pairs of address and decoded batch."""

    def __init__(self, unwanted: bool = False) -> None:
        self.sent: list[tuple[str, Any]] = []
        self._unwanted = unwanted

    def send(self, url: str, text: str) -> None:
        self.sent.append((url, json.loads(text)))

    def is_unwanted(self) -> bool:
        return self._unwanted

    def actions(self) -> "list[list[Any]]":
        """The rows of all batches."""
        return [row for _, batch in self.sent for row in batch["actions"]]

    def connects(self) -> "list[list[Any]]":
        """The rows of all batches."""
        return [row for _, batch in self.sent for row in batch["connects"]]
