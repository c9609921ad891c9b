"""Portable: the life of a connection, without any connection."""

from pylib.protocol.codes import CLOSE_GAVE_UP
from pylib.realtime.backoff import DELAYS_S, MAX_ATTEMPTS, OFFLINE_DELAY_S
from pylib.realtime.state_machine import (
    CLOSED,
    CONNECTING,
    DROP_SOCKET,
    LISTENER_TIMING,
    MIN_TICK_S,
    OPEN,
    OPEN_SOCKET,
    SEND_HEARTBEAT,
    SPEAKER_TIMING,
    START_TIMER,
    WAITING,
    Command,
    ConnectionStateMachine,
    Timing,
)


def fresh() -> ConnectionStateMachine:
    return ConnectionStateMachine(SPEAKER_TIMING, lambda: 0.0)


def opened(now_s: float = 0.0, timing: Timing = SPEAKER_TIMING) -> ConnectionStateMachine:
    connection = ConnectionStateMachine(timing, lambda: 0.0)
    connection.start(now_s)
    connection.opened(now_s)
    return connection


def tick(connection: ConnectionStateMachine, now_s: float) -> "list[Command]":
    """A tick that comes when it was asked for."""
    commands = connection.tick(now_s)
    connection.next_tick_s(now_s)
    return commands


def names(commands: "list[Command]") -> "list[str]":
    return [command.name for command in commands]


def test_start_opens_a_socket_once() -> None:
    connection = fresh()
    assert names(connection.start(0.0)) == [OPEN_SOCKET]
    assert connection.start(0.1) == []
    assert connection.state == CONNECTING


def test_an_open_connection_sends_a_heartbeat_at_once() -> None:
    connection = fresh()
    connection.start(0.0)
    assert names(connection.opened(0.2)) == [SEND_HEARTBEAT]
    assert connection.state == OPEN


def test_a_lost_connection_waits_and_comes_back() -> None:
    connection = opened()
    assert connection.lost(1006, "", 5.0) == [Command(START_TIMER, 0.0)]
    assert connection.state == WAITING
    assert names(connection.timer_fired(5.0)) == [OPEN_SOCKET]
    assert connection.lost(1006, "", 5.1) == [Command(START_TIMER, DELAYS_S[1])]
    assert connection.reconnects == 1


def test_the_delays_start_anew_only_after_ten_good_seconds() -> None:
    connection = opened()
    connection.lost(1006, "", 1.0)
    connection.timer_fired(1.0)
    connection.opened(1.1)
    assert connection.lost(1006, "", 5.0) == [Command(START_TIMER, DELAYS_S[1])]
    connection.timer_fired(5.0 + DELAYS_S[1])
    connection.opened(5.1 + DELAYS_S[1])
    assert connection.lost(1006, "", 16.0) == [Command(START_TIMER, 0.0)]


def test_refused_is_final() -> None:
    for code in (1000, 1008, 4001):
        connection = opened()
        assert connection.lost(code, "SESSION_NOT_FOUND", 1.0) == []
        assert (connection.state, connection.close_code) == (CLOSED, code)
        assert connection.close_reason == "SESSION_NOT_FOUND"


def test_it_gives_up_after_the_last_attempt_and_a_person_may_start_it_again() -> None:
    connection = fresh()
    connection.start(0.0)
    for _ in range(MAX_ATTEMPTS):
        assert names(connection.lost(1006, "", 0.0)) == [START_TIMER]
        connection.timer_fired(0.0)
    assert connection.lost(1006, "", 0.0) == []
    assert (connection.state, connection.close_code) == (CLOSED, CLOSE_GAVE_UP)
    assert names(connection.start(1.0)) == [OPEN_SOCKET]


def test_the_delay_that_the_server_asks_for_is_used() -> None:
    assert opened().lost(1012, "", 5.0, 2.5) == [Command(START_TIMER, 2.5)]


def test_a_speakers_server_that_leaves_a_heartbeat_unanswered_is_dead_after_its_limit() -> None:
    connection = opened()
    connection.heartbeat_answered()
    assert names(tick(connection, 1.0)) == [SEND_HEARTBEAT]
    connection.data_received()
    assert names(tick(connection, 2.0)) == [SEND_HEARTBEAT]
    assert tick(connection, 2.9) == []
    assert names(tick(connection, 3.0)) == [DROP_SOCKET, START_TIMER]
    assert connection.state == WAITING


def test_a_listeners_server_lives_as_long_as_anything_is_heard() -> None:
    connection = opened(timing=LISTENER_TIMING)
    for second in range(1, 60):
        connection.data_received()
        assert DROP_SOCKET not in names(tick(connection, float(second)))
    for second in range(60, 75):
        assert DROP_SOCKET not in names(tick(connection, float(second)))
    assert names(tick(connection, 75.0)) == [DROP_SOCKET, START_TIMER]


def test_ticks_are_asked_for_when_something_is_due() -> None:
    connection = opened()
    connection.heartbeat_answered()
    assert connection.next_tick_s(0.25) == 0.75
    tick(connection, 1.0)
    assert connection.next_tick_s(1.0) == 1.0
    tick(connection, 2.0)
    assert connection.next_tick_s(2.5) == 0.5
    assert abs(connection.next_tick_s(2.999) - MIN_TICK_S) < 0.001


def test_a_page_that_was_suspended_sends_a_heartbeat_before_it_drops_its_peer() -> None:
    connection = opened()
    tick(connection, 0.5)
    assert names(tick(connection, 60.0)) == [SEND_HEARTBEAT]
    assert tick(connection, 60.5) == []
    connection.heartbeat_answered()
    assert names(tick(connection, 61.0)) == [SEND_HEARTBEAT]
    assert connection.state == OPEN


def test_a_page_that_was_suspended_drops_a_dead_peer_within_two_seconds() -> None:
    connection = opened(timing=LISTENER_TIMING)
    tick(connection, 0.5)
    assert names(tick(connection, 60.0)) == [SEND_HEARTBEAT]
    assert tick(connection, 61.9) == []
    assert names(tick(connection, 62.0)) == [DROP_SOCKET, START_TIMER]


def test_a_page_that_stood_still_reads_what_came_before_it_drops_its_peer() -> None:
    connection = opened()
    tick(connection, 0.9)
    # The tick is due at 1.0 but comes at 2.4: the answer may have come meanwhile, and is yet to be read.
    assert tick(connection, 2.4) == [Command(SEND_HEARTBEAT, 0)]
    connection.heartbeat_answered()
    tick(connection, 3.4)
    assert connection.state == OPEN


def test_a_page_that_stands_still_again_and_again_drops_a_dead_peer_all_the_same() -> None:
    connection = opened()
    tick(connection, 0.9)
    assert DROP_SOCKET not in names(tick(connection, 2.4))
    assert names(tick(connection, 3.4)) == [DROP_SOCKET, START_TIMER]


def test_a_connect_that_hangs_is_given_up() -> None:
    connection = fresh()
    connection.start(0.0)
    assert tick(connection, 9.9) == []
    assert names(tick(connection, 10.0)) == [DROP_SOCKET, START_TIMER]


def test_a_check_sends_a_heartbeat_at_once_and_waits_two_seconds_for_its_answer() -> None:
    connection = opened(timing=LISTENER_TIMING)
    connection.data_received()
    tick(connection, 1.0)
    assert names(connection.check(1.5)) == [SEND_HEARTBEAT]
    assert connection.check(2.5) == []
    assert connection.next_tick_s(2.5) == 1.0
    assert names(tick(connection, 3.5)) == [DROP_SOCKET, START_TIMER]


def test_a_check_that_is_answered_is_over() -> None:
    connection = opened(timing=LISTENER_TIMING)
    connection.check(0.5)
    connection.data_received()
    for tenths in range(10, 100):
        assert tick(connection, tenths / 10) == []


def test_news_of_the_network_ends_the_wait() -> None:
    connection = opened()
    connection.lost(1006, "", 1.0)
    assert names(connection.came_online(1.1)) == [OPEN_SOCKET]
    assert connection.check(1.2) == []
    assert connection.timer_fired(1.3) == []


def test_a_device_that_says_it_is_offline_is_doubted_as_long_as_the_server_answers() -> None:
    connection = opened()
    connection.heartbeat_answered()
    assert names(connection.went_offline(0.5)) == [SEND_HEARTBEAT]
    connection.heartbeat_answered()
    tick(connection, 1.0)
    assert connection.state == OPEN


def test_without_a_network_attempts_are_not_counted() -> None:
    connection = opened()
    connection.went_offline(1.0)
    for now_s in range(2, 200):
        assert connection.lost(1006, "", now_s) == [Command(START_TIMER, OFFLINE_DELAY_S)]
        connection.timer_fired(now_s)
    connection.lost(1006, "", 200.0)
    assert names(connection.came_online(201.0)) == [OPEN_SOCKET]
    assert connection.lost(1006, "", 201.0) == [Command(START_TIMER, 0.0)]


def test_leaving_is_final_and_later_events_change_nothing() -> None:
    connection = opened()
    assert names(connection.stop(1000, "left")) == [DROP_SOCKET]
    assert connection.lost(1006, "", 1.0) == []
    assert connection.timer_fired(1.0) == []
    assert tick(connection, 9.0) == []
    assert connection.stop(1000, "left") == []


def test_leaving_a_closed_connection_keeps_its_reason() -> None:
    connection = opened()
    connection.lost(4001, "replaced", 1.0)
    connection.stop(1000, "left")
    assert (connection.close_code, connection.close_reason) == (4001, "replaced")
