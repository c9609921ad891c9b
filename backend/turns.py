"""HTTP takes turns with sound: one step of it in each round of the event loop.

All connections share one processor. If each were served as soon as something has come, a round of the event
loop would take as long as a thousand phones, or one laptop, can ask for; and sound waits for two rounds. So
what HTTP wants to do stands in a queue here, and each round does the first thing in it: while somebody
speaks, HTTP has all the time that sound leaves over; nobody is refused, a crowd waits a little longer.

Addresses take turns as well, so that one with many connections does not keep the others waiting.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from contextvars import Context
from functools import partial

from backend.attack_log import HTTP_FLOOD, AttackLog
from backend.call_limit import CallLimit


class Turns:
    """The queue of one server.

    Args:
        often: how many turns of an address are nothing to tell of.
        attacks: told of those that are more.
    """

    def __init__(self, often: CallLimit, attacks: AttackLog) -> None:
        self._often = often
        self._attacks = attacks
        self._waiting: dict[str, deque[Callable[[], None]]] = {}
        self._context = Context()

    def ask(self, address: str, work: Callable[[], None]) -> None:
        """Do this work of an address when it is its turn."""
        if not self._waiting:
            self._call_soon()
        self._waiting.setdefault(address, deque()).append(work)
        if self._often.take(address):
            self._attacks.note(HTTP_FLOOD, address)

    async def wait(self, address: str) -> None:
        """Return when it is the turn of this address."""
        turn = asyncio.get_running_loop().create_future()
        self.ask(address, partial(_begin, turn))
        await turn

    def _give(self) -> None:
        """Do what is first; its address goes to the end of the queue."""
        address = next(iter(self._waiting))
        those = self._waiting.pop(address)
        work = those.popleft()
        if those:
            self._waiting[address] = those
        if self._waiting:
            self._call_soon()
        work()

    def _call_soon(self) -> None:
        # Work may come from any request, and the ids of the one that asked first are not those of the next.
        asyncio.get_running_loop().call_soon(self._give, context=self._context)


def _begin(turn: "asyncio.Future[None]") -> None:
    if not turn.done():
        turn.set_result(None)
