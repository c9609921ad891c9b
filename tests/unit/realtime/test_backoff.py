"""Portable: when to reconnect."""

from pylib.realtime.backoff import MAX_ATTEMPTS, is_fatal, reconnect_delay_s


def test_the_delays_are_short_enough_to_be_back_within_three_seconds() -> None:
    delays = [reconnect_delay_s(attempt, lambda: 0.0) for attempt in range(6)]
    assert delays == [0.0, 0.3, 1.2, 1.8, 1.8, 1.8]
    assert max([reconnect_delay_s(attempt, lambda: 1.0) or 0.0 for attempt in range(MAX_ATTEMPTS)]) < 3


def test_chance_spreads_the_third_and_later_attempts_by_up_to_a_second() -> None:
    assert [reconnect_delay_s(attempt, lambda: 1.0) for attempt in range(4)] == [0.0, 0.3, 2.2, 2.8]


def test_a_person_is_asked_when_a_session_does_not_wait_any_longer_either() -> None:
    delays = [reconnect_delay_s(attempt, lambda: 0.5) or 0.0 for attempt in range(MAX_ATTEMPTS)]
    assert 120 <= sum(delays) < 125
    assert reconnect_delay_s(MAX_ATTEMPTS, lambda: 0.0) is None


def test_refused_ended_and_replaced_are_final() -> None:
    assert [code for code in range(1000, 4100) if is_fatal(code)] == [1000, 1008, 4001]
