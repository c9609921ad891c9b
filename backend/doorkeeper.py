"""Counts the sockets of this process, and bounds those that are in no room.

A socket is in no room while it speaks HTTP, or is a WebSocket that has not entered a session. Such sockets
cost their owner nothing, so somebody who opens thousands could keep the audience out. People who speak or
listen are never counted by address: a whole venue sits behind one.
"""

import asyncio
import logging
from heapq import nlargest
from itertools import islice
from typing import Protocol

from backend.attack_log import TOO_MANY_SOCKETS, AttackLog
from backend.ports import Clock
from backend.settings import Limits

SWEEP_EVERY_S = 1.0
NEARLY_FULL = 0.8
FULLEST, OLDEST = 3, 64
"""How many addresses, and sockets of each, are asked to give way to one newcomer."""

log = logging.getLogger("lectern.doorkeeper")


class Guest(Protocol):
    """A socket as the doorkeeper sees it."""

    @property
    def address(self) -> str:
        """What it is counted by; empty for a proxy's connection, which serves many."""

    @property
    def seated(self) -> bool:
        """Whether it is in a room by now."""

    def give_way(self) -> bool:
        """Close, unless it is at work; returns whether it did."""


class Doorkeeper:
    """Lets sockets in, and makes idle ones give way.

    Args:
        max_connections: bounds all sockets; half of it those in no room.
        limits: `waiting_per_address` bounds those of one address that have been in no room for `waiting_s`.
        attacks: told when somebody has to give way.
        clock: tells for how long a socket waits.
    """

    def __init__(self, max_connections: int, limits: Limits, attacks: AttackLog, clock: Clock) -> None:
        self._max = max_connections
        self._limits = limits
        self._max_waiting = max(1, self._max // 2)
        self._attacks = attacks
        self._clock = clock
        self._seated: set[Guest] = set()
        self._waiting: dict[str, dict[Guest, float]] = {}
        self._waiting_count = 0

    def arrive(self, guest: Guest) -> bool:
        """Let a socket in. Returns False when there is no place, and no idle socket to give way."""
        if self._total >= NEARLY_FULL * self._max:
            numbers = {"connections": self._total, "maxConnections": self._max}
            log.warning("more than 80 % of --max-connections are in use", extra=numbers)
        if self._is_full:
            self._make_room()
            if self._is_full:
                self._attacks.note(TOO_MANY_SOCKETS, guest.address)
                return False
        self._waiting.setdefault(guest.address, {})[guest] = self._clock.monotonic_s()
        self._waiting_count += 1
        return True

    def seat(self, guest: Guest) -> None:
        """A socket has entered a room."""
        if self._remove(guest):
            self._seated.add(guest)

    def depart(self, guest: Guest) -> None:
        """A socket has closed; again is fine."""
        self._seated.discard(guest)
        self._remove(guest)

    def sweep(self) -> None:
        """Call each second: seat those who have joined since, and keep each address within its bound."""
        for guest in [one for those in self._waiting.values() for one in those if one.seated]:
            self.seat(guest)
        long_ago = self._clock.monotonic_s() - self._limits.waiting_s
        bound = self._limits.waiting_per_address
        for address in [name for name, those in self._waiting.items() if name and len(those) > bound]:
            old = [guest for guest, since in self._waiting[address].items() if since <= long_ago]
            for guest in old[: max(0, len(old) - bound)]:
                self._ask(guest)

    async def run(self) -> None:
        """Sweep until cancelled."""
        while True:
            await asyncio.sleep(SWEEP_EVERY_S)
            self.sweep()

    def count(self) -> dict[tuple[str, ...], float]:
        """Open sockets by where they are."""
        return {("room",): len(self._seated), ("no room",): self._waiting_count}

    @property
    def _total(self) -> int:
        return self._waiting_count + len(self._seated)

    @property
    def _is_full(self) -> bool:
        return self._waiting_count >= self._max_waiting or self._total >= self._max

    def _make_room(self) -> None:
        """Let one in no room give way: an old idle one of an address that holds most.

        Looks at a few only: this runs for each connection of a flood.
        """
        for address in nlargest(FULLEST, self._waiting, key=lambda name: len(self._waiting[name])):
            for guest in list(islice(self._waiting[address], OLDEST)):
                if guest.seated:
                    self.seat(guest)
                elif not self._ask(guest):
                    continue
                if not self._is_full:
                    return

    def _ask(self, guest: Guest) -> bool:
        """Whether this one gave way."""
        if not guest.give_way():
            return False
        self._attacks.note(TOO_MANY_SOCKETS, guest.address)
        self._remove(guest)
        return True

    def _remove(self, guest: Guest) -> bool:
        """Whether it was in no room until now."""
        those = self._waiting.get(guest.address, {})
        if those.pop(guest, None) is None:
            return False
        self._waiting_count -= 1
        if not those:
            del self._waiting[guest.address]
        return True
