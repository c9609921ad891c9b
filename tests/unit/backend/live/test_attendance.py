import random

import pytest

from backend.live import attendance as attendance_module
from backend.live.attendance import Attendance
from backend.records import SessionNumbers
from tests.support.server_clock import ServerClock
from tests.unit.backend.live.room_harness import person, room, seat

MINUTE_S = 60.0


def numbers_of(attendance: Attendance) -> SessionNumbers:
    assert attendance.numbers is not None
    return attendance.numbers


def listened(attendance: Attendance) -> tuple[int, ...]:
    return numbers_of(attendance).settled().listened


@pytest.fixture
def clock() -> ServerClock:
    return ServerClock()


@pytest.fixture
def live(clock: ServerClock) -> Attendance:
    attendance = Attendance("a-b-001", clock)
    attendance.speaker_came()
    return attendance


async def test_each_length_of_listening_has_its_place(live: Attendance, clock: ServerClock) -> None:
    for number in range(8):
        live.listener_came(str(number), "")
    for number, minutes in enumerate((0.5, 1, 4.9, 5, 15, 30, 60, 600)):
        await clock.advance(minutes * MINUTE_S - clock.monotonic_s())
        live.listener_left(str(number))
    assert listened(live) == (1, 2, 1, 1, 1, 2)
    assert numbers_of(live).most_listeners == 8


async def test_who_comes_back_goes_on_with_one_listening(live: Attendance, clock: ServerClock) -> None:
    live.listener_came("first", "")
    await clock.advance(3 * MINUTE_S)
    live.listener_left("first")
    await clock.advance(MINUTE_S)
    live.listener_came("second", "first")
    await clock.advance(2.5 * MINUTE_S)
    # The old connection is not known to be lost yet.
    live.listener_came("third", "second")
    live.listener_left("second")
    assert listened(live) == (0, 0, 1, 0, 0, 0)
    assert numbers_of(live).under_way == (330,)
    assert numbers_of(live).most_listeners == 1


async def test_nothing_counts_before_the_speaker_is_there(clock: ServerClock) -> None:
    attendance = Attendance("a-b-001", clock)
    for name in ("early", "patient"):
        attendance.listener_came(name, "")
    await clock.advance(20 * MINUTE_S)
    attendance.listener_left("early")
    assert attendance.numbers is None
    attendance.speaker_came()
    await clock.advance(2 * MINUTE_S)
    assert numbers_of(attendance).live_at == clock.now_ms() - 2 * MINUTE_S * 1000
    assert numbers_of(attendance).under_way == (120,)
    assert numbers_of(attendance).most_listeners == 1


def test_an_interruption_is_a_speaker_who_was_lost_and_came_back(live: Attendance) -> None:
    live.speaker_left()
    assert numbers_of(live).interruptions == 0
    live.speaker_came()
    assert numbers_of(live).interruptions == 1


async def test_counting_goes_on_after_a_restart(live: Attendance, clock: ServerClock) -> None:
    for name in ("short", "stays", "goes"):
        live.listener_came(name, "")
    live.listener_left("short")
    await clock.advance(10 * MINUTE_S)
    live.listener_left("goes")
    stored = numbers_of(live)
    assert stored.under_way == (600, 600, 0)
    again = Attendance("a-b-001", clock, stored)
    assert again.numbers == stored
    again.listener_came("back", "stays")
    await clock.advance(10 * MINUTE_S)
    again.listener_came("new", "")
    again.speaker_came()
    assert numbers_of(again).under_way == (1200, 0, 600, 0)
    assert listened(again) == (2, 0, 1, 1, 0, 0)
    assert numbers_of(again).interruptions == 1
    assert numbers_of(again).live_at == stored.live_at


def test_who_is_forgotten_stays_counted(live: Attendance, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attendance_module, "REMEMBERED", 2)
    for number in range(5):
        live.listener_came(str(number), "")
        live.listener_left(str(number))
    assert numbers_of(live).listened == (3, 0, 0, 0, 0, 0)
    assert len(numbers_of(live).under_way) == 2
    live.listener_came("back", "0")
    assert sum(listened(live)) == 6


async def test_a_room_counts_its_people(clock: ServerClock) -> None:
    place = room(clock)
    speaker, _ = person(clock=clock)
    seat(place)
    assert place.attendance.numbers is None
    place.seat_speaker(speaker)
    peer, _ = seat(place)
    place.leave(peer)
    place.seat_listener(person()[0], resume=peer.connection_id)
    place.leave(speaker)
    place.seat_speaker(person(clock=clock)[0])
    numbers = numbers_of(place.attendance)
    assert (numbers.most_listeners, sum(numbers.settled().listened), numbers.interruptions) == (2, 2, 1)


@pytest.mark.parametrize(
    ("status", "silent_s", "interruptions"), [("active", 5.0, 1), ("active", 1.0, 0), ("paused", 5.0, 0)]
)
async def test_a_speaker_replaced_after_silence_was_lost(
    clock: ServerClock, status: str, silent_s: float, interruptions: int
) -> None:
    place = room(clock, status=status)
    place.seat_speaker(person(clock=clock)[0])
    await clock.advance(silent_s)
    place.seat_speaker(person(clock=clock)[0])
    assert numbers_of(place.attendance).interruptions == interruptions


@pytest.mark.parametrize("seed", range(4))
async def test_any_comings_and_goings_count_each_listener_once_and_all_their_time(
    clock: ServerClock, seed: int
) -> None:
    """Against a plain account of who was there; a restart may exchange lengths, and loses nothing."""
    chance = random.Random(seed)
    attendance = Attendance("a-b-001", clock)
    attendance.speaker_came()
    here: list[str] = []
    gone: list[str] = []
    listeners = most = listened_s = connections = 0
    for _ in range(300):
        seconds = chance.randrange(600)
        await clock.advance(seconds)
        listened_s += seconds * len(here)
        what = chance.choice(("new", "new", "leave", "back", "replace", "restart"))
        if what == "leave" and here:
            gone.append(here.pop(chance.randrange(len(here))))
            attendance.listener_left(gone[-1])
        elif what == "restart" and chance.random() < 0.2:
            for name in here:
                attendance.listener_left(name)
            gone, here = [*gone, *here], []
            attendance = Attendance("a-b-001", clock, attendance.numbers)
        else:
            pool = {"back": gone, "replace": here}.get(what, [])
            resume = pool.pop(chance.randrange(len(pool))) if pool else ""
            listeners += resume == ""
            connections += 1
            here.append(str(connections))
            attendance.listener_came(here[-1], resume)
            most = max(most, len(here))
    numbers = numbers_of(attendance)
    assert (numbers.most_listeners, sum(numbers.settled().listened)) == (most, listeners)
    assert sum(numbers.under_way) == listened_s
