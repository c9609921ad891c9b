"""HTTP takes turns with sound: one step of it in each round of the event loop.

All connections share one processor. If each were served as soon as something has come, a round of the event
loop would take as long as a thousand phones, or one laptop, can ask for; and sound waits for two rounds. So
a step of HTTP is done at once only while it is the first of its round. Further ones stand in a queue, of
which each round does one: HTTP has all the time that sound leaves over, and a crowd waits a little longer.

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
        self._taken = False
        self._waiting: dict[str, deque[Callable[[], None]]] = {}
        self._context = Context()

    def ask(self, address: str, work: Callable[[], None]) -> None:
        """Do this work of an address: now, if this round has time for it, or when it is its turn."""
        self._count(address)
        if self._taken:
            self._waiting.setdefault(address, deque()).append(work)
        else:
            self._take()
            work()

    async def wait(self, address: str) -> None:
        """Return when it is the turn of this address."""
        if self._taken:
            turn = asyncio.get_running_loop().create_future()
            self.ask(address, partial(_begin, turn))
            await turn
        else:
            self._count(address)
            self._take()

    def _count(self, address: str) -> None:
        if self._often.take(address):
            self._attacks.note(HTTP_FLOOD, address)

    def _take(self) -> None:
        """Take the turn of this round."""
        self._taken = True
        # The next turn may be of any request, and its log lines have ids of their own.
        asyncio.get_running_loop().call_soon(self._next_round, context=self._context)

    def _next_round(self) -> None:
        """Do what is first; its address goes to the end of the queue."""
        if not self._waiting:
            self._taken = False
            return
        address = next(iter(self._waiting))
        those = self._waiting.pop(address)
        work = those.popleft()
        if those:
            self._waiting[address] = those
        self._take()
        work()


def _begin(turn: "asyncio.Future[None]") -> None:
    if not turn.done():
        turn.set_result(None)
