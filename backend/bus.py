"""The bus of a server that is alone: what is published is received at once."""

from backend.ports import Receiver
from backend.records import Session


class LocalBus:
    """Implements ports.Bus within one process."""

    def __init__(self) -> None:
        self._receivers: list[Receiver] = []

    async def publish(self, session: Session, request_id: str | None = None) -> None:
        """Returns when all subscribers have received it; nothing else runs in between."""
        for receive in self._receivers:
            receive(session, request_id)

    async def subscribe(self, receive: Receiver) -> None:
        """From now on call `receive` with every session that changes."""
        self._receivers.append(receive)
