"""Portable: when to reconnect."""

from pylib.realtime.policy import MAX_ATTEMPTS, is_fatal, reconnect_delay_s


def test_the_delays_are_those_of_the_protocol() -> None:
    delays = [reconnect_delay_s(attempt, lambda: 0.0) for attempt in range(MAX_ATTEMPTS)]
    assert delays == [0.0, 0.3, 1.2, 2.7, 4.8, 7.0, 7.0, 7.0, 7.0, 7.0]


def test_chance_spreads_the_third_and_later_attempts_by_up_to_a_second() -> None:
    assert [reconnect_delay_s(attempt, lambda: 1.0) for attempt in range(4)] == [0.0, 0.3, 2.2, 3.7]


def test_after_ten_attempts_a_person_is_asked() -> None:
    assert reconnect_delay_s(MAX_ATTEMPTS, lambda: 0.0) is None


def test_refused_ended_and_replaced_are_final() -> None:
    assert [code for code in range(1000, 4100) if is_fatal(code)] == [1000, 1008, 4001]
