"""The server's `welcome`: the first message over each new socket, which `connect` waits for."""

from typing import Any, Callable

from pylib.errors import LecternError
from pylib.ports import Clock
from pylib.protocol import message_types
from pylib.realtime.pending_requests import PendingRequest
from pylib.realtime.timers import Timers

WELCOME_S = 2.0
"""A server that neither welcomes nor closes for so long after opening is an older one: it never welcomes."""


class WelcomeWait:
    """Waits for each new socket's welcome, and keeps the newest one.

    `message` is the newest welcome, empty before the first. `is_over` is True once the newest socket
    may carry audio: its welcome came, or the server is an older one that does not send any. A server that
    welcomed once will do so again: if that takes long, its network or the server itself stands still.
    `on_over` is called whenever that becomes so.
    """

    def __init__(self, clock: Clock, on_over: Callable[[], None]) -> None:
        self.message: dict[str, Any] = {}
        self.is_over = False
        self._on_over = on_over
        self._timers = Timers(clock)
        self._pending = PendingRequest(message_types.WELCOME)

    @property
    def connection_id(self) -> str:
        """The id under which the server knows the connection; empty when it gave none."""
        connection_id: str = self.message.get("connectionId", "")
        return connection_id

    def expect(self) -> PendingRequest:
        """Return what ends with the next welcome, with just its type when an older server sends none."""
        self._pending = PendingRequest(message_types.WELCOME)
        return self._pending

    def socket_opened(self) -> None:
        """A new socket is open, and its welcome is still to come."""
        self.is_over = False
        if self.message:
            return
        self._timers.start(
            "never-welcomed", WELCOME_S, lambda: self._succeed({"type": message_types.WELCOME})
        )

    def received(self, message: dict[str, Any]) -> None:
        """The server's welcome came."""
        self._timers.cancel_all()
        self.message = message
        self._succeed(message)

    def socket_lost(self) -> None:
        """The socket is closed, so its welcome will not come."""
        self._timers.cancel_all()

    def fail(self, error: LecternError) -> None:
        """No welcome will come: end with this error what `expect` returned."""
        self._pending.fail(error)

    def _succeed(self, message: dict[str, Any]) -> None:
        self.is_over = True
        self._on_over()
        self._pending.succeed(message)
