"""What decides who is let in, for HTTP and WebSockets alike."""

from typing import NamedTuple

from aiohttp import web

from backend.attack_log import REQUEST_FLOOD, AttackLog
from backend.call_limit import CallLimit
from backend.doorkeeper import Doorkeeper
from backend.guesses import Guesses
from backend.metrics import Metrics
from backend.open_files import DEFAULT_CONNECTIONS
from backend.ports import Clock
from backend.problems import too_many_calls
from backend.proxies import TrustedProxies, neighbourhood
from backend.settings import Limits
from backend.turns import Turns


class Doors(NamedTuple):
    """The doors of one server.

    Attributes:
        keeper: bounds the open connections.
        guesses: bounds wrong session codes by address.
        lists: bounds how often each user lists sessions.
        pool_calls: bounds the calls of each address to the built-in pool.
        turns: what HTTP does waits for its turn here.
    """

    proxies: TrustedProxies
    attacks: AttackLog
    keeper: Doorkeeper
    guesses: Guesses
    lists: CallLimit
    pool_calls: CallLimit
    turns: Turns
    metrics: Metrics
    limits: Limits
    clock: Clock

    def address(self, request: web.BaseRequest) -> str:
        """What a request's sender is counted by."""
        return neighbourhood(self.proxies.client(request).address)

    async def turn(self, request: web.BaseRequest) -> None:
        """Wait until it is the turn of a request's sender."""
        await self.turns.wait(self.address(request))

    def refuse_flood(self, request: web.BaseRequest, wait_s: float) -> None:
        """Raises Problem 429 when `wait_s`, the answer of a CallLimit, is not 0."""
        if wait_s:
            self.attacks.note(REQUEST_FLOOD, self.address(request))
            raise too_many_calls(wait_s)


def make_doors(
    proxies: TrustedProxies, max_connections: int | None, metrics: Metrics, limits: Limits, clock: Clock
) -> Doors:
    """Doors for a server with these bounds."""
    attacks = AttackLog(metrics)
    keeper = Doorkeeper(max_connections or DEFAULT_CONNECTIONS, limits, attacks, clock)
    metrics.add_gauge("lectern_sockets", "Open connections.", ("where",), keeper.count)
    return Doors(
        proxies=proxies,
        attacks=attacks,
        keeper=keeper,
        guesses=Guesses(limits, attacks, clock),
        lists=CallLimit(rate=limits.lists_per_s, burst=limits.lists_burst, clock=clock),
        pool_calls=CallLimit(rate=limits.pool_calls_per_s, burst=limits.pool_calls_burst, clock=clock),
        turns=Turns(
            CallLimit(rate=limits.http_turns_per_s, burst=limits.http_turns_burst, clock=clock), attacks
        ),
        metrics=metrics,
        limits=limits,
        clock=clock,
    )
