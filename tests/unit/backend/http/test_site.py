"""The server stops in the middle of an accept, on both event loops."""

import asyncio
import socket
from collections.abc import Callable
from typing import cast

import pytest
import uvloop
from aiohttp import web

from backend.http.site import _accept

pytestmark = pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")
"""A connection that was accepted in the very round of the stop is closed by being forgotten."""

LOOPS = {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}
ROUNDS = 8
"""More than an accept takes."""


class Guest(asyncio.Protocol):
    """The protocol of a connection; notes what it is told."""

    def __init__(self) -> None:
        self.transport: asyncio.BaseTransport | None = None
        self.is_lost = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def connection_lost(self, _: Exception | None) -> None:
        self.is_lost = True


async def _stop_after(rounds: int, make: Callable[[], Guest]) -> bool:
    """Begin to accept a connection, and cancel that so many rounds of the event loop later.

    Returns whether it ended as cancelled.
    """
    with (
        socket.create_server(("127.0.0.1", 0)) as listening,
        socket.create_connection(listening.getsockname()),
    ):
        listening.setblocking(False)
        accepting = asyncio.create_task(_accept(listening, cast(web.Server, make)))
        await _pass(rounds)
        accepting.cancel()
        await asyncio.wait([accepting])
        return accepting.cancelled()


async def _pass(rounds: int) -> None:
    for _ in range(rounds):
        await asyncio.sleep(0)


async def _stop_at_each_round() -> None:
    guests: list[Guest] = []

    def make() -> Guest:
        guests.append(Guest())
        return guests[-1]

    for rounds in range(ROUNDS + 1):
        await _stop_after(rounds, make)
    for guest in guests:
        assert guest.transport is not None
        guest.transport.close()
    await _pass(ROUNDS)
    assert guests
    assert all(guest.is_lost for guest in guests)


@pytest.mark.parametrize("loop", list(LOOPS))
def test_a_server_that_stops_in_mid_accept_leaves_no_dead_transport(loop: str) -> None:
    """Seen with uvloop: such a connection was closed, and its protocol never heard of it."""
    with asyncio.Runner(loop_factory=LOOPS[loop]) as runner:
        runner.run(_stop_at_each_round())


@pytest.mark.parametrize("loop", list(LOOPS))
def test_a_connection_that_cannot_be_opened_does_not_keep_the_server_from_stopping(loop: str) -> None:
    def fail() -> Guest:
        raise ConnectionError

    with asyncio.Runner(loop_factory=LOOPS[loop]) as runner:
        assert runner.run(_stop_after(1, fail))
