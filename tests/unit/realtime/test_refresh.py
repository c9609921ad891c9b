"""Portable: a connection is replaced by a fresh one before a gateway cuts it."""

from pylib.realtime.state_machine import (
    CLOSED,
    DROP_SOCKET,
    DROP_SUCCESSOR,
    GATEWAY_TIMING,
    OPEN,
    OPEN_SUCCESSOR,
    SEND_HEARTBEAT,
    SPEAKER_TIMING,
    START_TIMER,
    WAITING,
    Command,
    ConnectionStateMachine,
    Timing,
)


def opened(timing: Timing = SPEAKER_TIMING) -> ConnectionStateMachine:
    connection = ConnectionStateMachine(timing, lambda: 0.0)
    connection.start(0.0)
    connection.opened(0.0)
    connection.heartbeat_answered()
    return connection


def names(commands: "list[Command]") -> "list[str]":
    return [command.name for command in commands]


def test_the_successor_is_opened_while_the_old_connection_lives() -> None:
    connection = opened()
    assert names(connection.refresh(1.0)) == [OPEN_SUCCESSOR]
    assert connection.refresh(1.1) == []
    assert connection.state == OPEN
    assert names(connection.successor_ready(1.2)) == [SEND_HEARTBEAT]
    assert (connection.state, connection.refreshes, connection.reconnects) == (OPEN, 1, 0)


def test_behind_a_gateway_it_happens_by_itself_at_a_hundred_minutes() -> None:
    connection = opened(GATEWAY_TIMING)
    asked_at = []
    for second in range(1, 13_000):
        if OPEN_SUCCESSOR in names(connection.tick(float(second))):
            asked_at.append(second)
            connection.successor_ready(float(second))
        connection.heartbeat_answered()
        connection.next_tick_s(float(second))
    assert asked_at == [6000, 12_000]


def test_a_server_that_closes_the_old_one_first_does_no_harm() -> None:
    connection = opened()
    connection.refresh(1.0)
    assert connection.lost(4001, "replaced", 1.1) == []
    assert connection.state == OPEN
    connection.successor_ready(1.2)
    assert connection.state == OPEN


def test_a_successor_that_fails_leaves_the_old_one_and_is_tried_again() -> None:
    connection = opened()
    connection.refresh(1.0)
    assert connection.successor_lost(1006, "", 1.1) == []
    assert connection.state == OPEN
    connection.heartbeat_answered()
    assert OPEN_SUCCESSOR not in names(connection.tick(2.0))
    connection.heartbeat_answered()
    connection.next_tick_s(5.5)
    assert OPEN_SUCCESSOR in names(connection.tick(6.1))


def test_a_successor_that_hangs_is_given_up() -> None:
    connection = opened()
    connection.refresh(0.0)
    for tenths in range(1, 100):
        connection.heartbeat_answered()
        assert DROP_SUCCESSOR not in names(connection.tick(tenths / 10))
        connection.next_tick_s(tenths / 10)
    assert DROP_SUCCESSOR in names(connection.tick(10.0))
    assert connection.state == OPEN


def test_when_both_are_lost_it_is_an_ordinary_reconnect() -> None:
    connection = opened()
    connection.refresh(1.0)
    connection.lost(4001, "replaced", 1.1)
    assert names(connection.successor_lost(1006, "", 1.2)) == [START_TIMER]
    assert connection.state == WAITING


def test_a_successor_that_is_refused_after_the_old_one_is_gone_is_final() -> None:
    connection = opened()
    connection.refresh(1.0)
    connection.lost(1000, "ended", 1.1)
    assert connection.successor_lost(1008, "SESSION_INACTIVE", 1.2) == []
    assert (connection.state, connection.close_reason) == (CLOSED, "SESSION_INACTIVE")


def test_a_lost_connection_waits_for_its_successor_no_longer_than_two_seconds() -> None:
    connection = opened()
    connection.refresh(1.0)
    connection.lost(1006, "", 1.1)
    connection.next_tick_s(1.1)
    assert DROP_SUCCESSOR not in names(connection.tick(3.0))
    connection.next_tick_s(3.0)
    assert names(connection.tick(3.1)) == [DROP_SUCCESSOR, DROP_SOCKET, START_TIMER]
    assert connection.state == WAITING


def test_leaving_drops_both() -> None:
    connection = opened()
    connection.refresh(1.0)
    assert names(connection.stop(1000, "left")) == [DROP_SUCCESSOR, DROP_SOCKET]
