"""Portable. Scales: places, edges, and ticks that people count in."""

from backend.status_page.plots.scales import LinearScale, LogScale, outward


def close(one: "list[float]", other: "list[float]") -> bool:
    pairs = list(zip(one, other))  # noqa: B905 - MicroPython knows no strict
    return len(one) == len(other) and all(abs(a - b) <= 1e-9 * max(abs(a), abs(b), 1) for a, b in pairs)


def test_a_linear_scale_lays_out_evenly_and_keeps_inside() -> None:
    scale = LinearScale(10, 20, 100, 0)
    assert close([scale.at(value) for value in (10, 15, 20)], [100, 50, 0])
    assert close([scale.at(value) for value in (-5, 25)], [100, 0])


def test_linear_ticks_are_round_inside_and_not_too_many() -> None:
    assert close(LinearScale(0, 1, 0, 1).ticks(6), [0, 0.2, 0.4, 0.6, 0.8, 1])
    assert close(LinearScale(0.948, 1, 0, 1).ticks(6), [0.96, 0.98, 1])
    assert close(LinearScale(-0.035, 0.035, 0, 1).ticks(6), [-0.02, 0, 0.02])
    for high in range(1, 300):
        ticks = LinearScale(0, high, 0, 1).ticks(5)
        assert 2 <= len(ticks) <= 5, high
        assert ticks[-1] <= high


def test_a_scale_without_extent_still_has_places() -> None:
    scale = LinearScale(3, 3, 0, 10)
    assert close([scale.at(3), scale.at(4)], [0, 10])


def test_a_log_scale_gives_each_decade_equal_room() -> None:
    scale = LogScale(0.001, 100, 0, 50)
    assert close([round(scale.at(value), 6) for value in (0.001, 0.01, 1, 100)], [0, 10, 30, 50])
    assert scale.at(0) == 0
    assert scale.at(-1) == 0


def test_log_ticks_stand_far_enough_apart() -> None:
    assert close(LogScale(0.1, 1, 0, 1).ticks(), [0.1, 0.2, 0.5, 1])
    assert close(LogScale(0.02, 1, 0, 1).ticks(), [0.03, 0.1, 0.3, 1])
    assert close(LogScale(0.001, 1, 0, 1).ticks(), [0.001, 0.01, 0.1, 1])
    for low_power in range(-3, 2):
        for high_power in range(low_power + 1, 3):
            assert 2 <= len(LogScale(10.0**low_power, 10.0**high_power, 0, 1).ticks()) <= 6


def test_a_range_grows_outward_to_round_values_a_decade_apart() -> None:
    for given, wanted in (
        ((0.03, 4.1), (0.02, 5)),
        ((0.5, 0.6), (0.5, 5)),
        ((0.001, 100), (0.001, 100)),
        ((3, 3), (2, 20)),
    ):
        assert close(list(outward(*given)), list(wanted)), given
