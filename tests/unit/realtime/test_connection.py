"""Portable: the life of a connection, without any connection."""

from pylib.realtime.connection import (
    CLOSED,
    CONNECTING,
    DROP_SOCKET,
    GAVE_UP_CODE,
    OPEN,
    OPEN_SOCKET,
    SEND_HEARTBEAT,
    SPEAKER_TIMING,
    START_TIMER,
    WAITING,
    Command,
    Connection,
)


def fresh() -> Connection:
    return Connection(SPEAKER_TIMING, lambda: 0.0)


def opened(now_s: float = 0.0) -> Connection:
    connection = fresh()
    connection.start(now_s)
    connection.opened(now_s)
    return connection


def names(commands: "list[Command]") -> "list[str]":
    return [command.name for command in commands]


def test_start_opens_a_socket_once() -> None:
    connection = fresh()
    assert names(connection.start(0.0)) == [OPEN_SOCKET]
    assert connection.start(0.1) == []
    assert connection.state == CONNECTING


def test_an_open_connection_asks_for_the_time_at_once() -> None:
    connection = fresh()
    connection.start(0.0)
    assert names(connection.opened(0.2)) == [SEND_HEARTBEAT]
    assert connection.state == OPEN


def test_a_lost_connection_waits_and_comes_back() -> None:
    connection = opened()
    assert connection.lost(1006, "", 5.0) == [Command(START_TIMER, 0.0)]
    assert connection.state == WAITING
    assert names(connection.timer_fired(5.0)) == [OPEN_SOCKET]
    assert connection.lost(1006, "", 5.1) == [Command(START_TIMER, 0.3)]
    assert connection.reconnects == 1


def test_the_delays_start_anew_only_after_ten_good_seconds() -> None:
    connection = opened()
    connection.lost(1006, "", 1.0)
    connection.timer_fired(1.0)
    connection.opened(1.1)
    assert connection.lost(1006, "", 5.0) == [Command(START_TIMER, 0.3)]
    connection.timer_fired(5.3)
    connection.opened(5.4)
    assert connection.lost(1006, "", 16.0) == [Command(START_TIMER, 0.0)]


def test_refused_is_final() -> None:
    for code in (1000, 1008, 4001):
        connection = opened()
        assert connection.lost(code, "SESSION_NOT_FOUND", 1.0) == []
        assert (connection.state, connection.close_code) == (CLOSED, code)
        assert connection.close_reason == "SESSION_NOT_FOUND"


def test_it_gives_up_after_ten_attempts_and_a_person_may_start_it_again() -> None:
    connection = fresh()
    connection.start(0.0)
    for _ in range(10):
        assert names(connection.lost(1006, "", 0.0)) == [START_TIMER]
        connection.timer_fired(0.0)
    assert connection.lost(1006, "", 0.0) == []
    assert (connection.state, connection.close_code) == (CLOSED, GAVE_UP_CODE)
    assert names(connection.start(1.0)) == [OPEN_SOCKET]


def test_the_servers_wish_when_to_come_back_is_obeyed() -> None:
    assert opened().lost(1012, "", 5.0, 2.5) == [Command(START_TIMER, 2.5)]


def test_a_peer_that_leaves_a_heartbeat_unanswered_is_dead_after_its_limit() -> None:
    connection = opened()
    connection.heard()
    assert names(connection.tick(1.0)) == [SEND_HEARTBEAT]
    assert names(connection.tick(2.0)) == [SEND_HEARTBEAT]
    assert connection.tick(2.9) == []
    assert names(connection.tick(3.0)) == [DROP_SOCKET, START_TIMER]
    assert connection.state == WAITING


def test_a_page_that_came_late_itself_blames_nobody() -> None:
    connection = opened()
    connection.heard()
    assert names(connection.tick(60.0)) == [SEND_HEARTBEAT]
    connection.heard()
    assert names(connection.tick(61.0)) == [SEND_HEARTBEAT]
    assert connection.state == OPEN


def test_a_connect_that_hangs_is_given_up() -> None:
    connection = fresh()
    connection.start(0.0)
    assert connection.tick(9.9) == []
    assert names(connection.tick(10.0)) == [DROP_SOCKET, START_TIMER]


def test_news_of_the_network_ends_the_wait() -> None:
    connection = opened()
    connection.lost(1006, "", 1.0)
    assert names(connection.retry_now(1.1)) == [OPEN_SOCKET]
    assert connection.retry_now(1.2) == []
    assert connection.timer_fired(1.3) == []


def test_leaving_is_final_and_late_news_changes_nothing() -> None:
    connection = opened()
    assert names(connection.stop(1000, "left")) == [DROP_SOCKET]
    assert connection.lost(1006, "", 1.0) == []
    assert connection.timer_fired(1.0) == []
    assert connection.tick(9.0) == []
    assert connection.stop(1000, "left") == []


def test_leaving_a_closed_connection_keeps_its_reason() -> None:
    connection = opened()
    connection.lost(4001, "replaced", 1.0)
    connection.stop(1000, "left")
    assert (connection.close_code, connection.close_reason) == (4001, "replaced")
