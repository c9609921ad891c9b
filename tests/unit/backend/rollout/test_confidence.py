"""Confidence sequences: numbers against an independent way, and how often they fail, by simulation."""

import random
from math import exp, inf, log

import pytest
from scipy import integrate, stats

from backend.rollout.confidence import (
    EVEN,
    MOST_GO_WELL,
    Count,
    Prior,
    difference,
    evidence,
    evidence_of_difference,
    median,
    proportion,
)
from tests.support.rollout_runs import Crowd, alarms, found_after

RUNS, FEW_RUNS = 1000, 20

CROWDS = {
    "a tenth over HTTP": Crowd(users=300, share=0.1, fails=0.02),
    "half over HTTP": Crowd(users=300, share=0.5, fails=0.02),
    "hardly anything fails": Crowd(users=300, share=0.5, fails=0.001),
    "a tenth, some unlucky": Crowd(users=300, share=0.1, fails=0.01, unlucky=0.05, unlucky_fails=0.5),
    "half, some unlucky": Crowd(users=100, share=0.5, fails=0.01, unlucky=0.1, unlucky_fails=0.6),
    "half, some without luck": Crowd(users=300, share=0.5, fails=0.01, unlucky=0.03, unlucky_fails=1.0),
    "few, some without luck": Crowd(users=100, share=0.1, fails=0.01, unlucky=0.1, unlucky_fails=1.0),
    "outages": Crowd(users=300, share=0.5, fails=0.02, outages=3),
    "outages, some unlucky": Crowd(
        users=300, share=0.1, fails=0.01, unlucky=0.05, unlucky_fails=0.6, outages=3
    ),
}
"""No true difference in any of them: users are unlucky in both modes alike."""

LOSS = Crowd(users=6_000, share=0.1, fails=0.02, lost=0.05)
LOSS_FOUND_BEFORE = 2_500
"""Creations in both ways together; stands in docs/rollout.md."""


@pytest.mark.parametrize(("ok", "n"), [(0, 1), (3, 3), (209, 214), (40.5, 61.25)])
@pytest.mark.parametrize("rate", [0.5, 0.9, 0.98])
@pytest.mark.parametrize("prior", [MOST_GO_WELL, EVEN, Prior(1, 1)])
def test_evidence_is_the_mean_of_the_likelihood_ratios(
    ok: float, n: float, rate: float, prior: Prior
) -> None:
    """Integrated over the prior by another library."""

    def ratio(other: float) -> float:
        logarithm = ok * log(other / rate) + (n - ok) * log((1 - other) / (1 - rate))
        return exp(logarithm) * float(stats.beta.pdf(other, *prior))

    peak = min(max(ok / n, 0.01), 0.99)
    mean, _ = integrate.quad(ratio, 0, 1, points=[peak], limit=200)
    assert exp(evidence(Count(ok, n - ok), rate, prior)) == pytest.approx(mean, rel=1e-4)


def test_evidence_grows_no_more_than_it_shrinks_on_average_for_the_true_rate() -> None:
    for rate in (0.5, 0.9, 0.99):
        for count in (Count(0, 0), Count(5, 0), Count(90, 10)):
            well = exp(evidence(count._replace(well=count.well + 1), rate))
            ill = exp(evidence(count._replace(ill=count.ill + 1), rate))
            assert rate * well + (1 - rate) * ill == pytest.approx(exp(evidence(count, rate)))


def test_an_interval_ends_where_the_evidence_is_enough() -> None:
    low, middle, high = proportion(209, 214)
    assert middle == 209 / 214
    for end in (low, high):
        assert evidence(Count(209, 5), end) == pytest.approx(log(20), abs=1e-3)


def least_evidence(a: Count, b: Count, apart: float) -> float:
    """Against the pair of rates with this difference that fits best, by trying many."""
    rates = [rate / 20_000 for rate in range(1, 20_000) if 0 < apart + rate / 20_000 < 1]
    return min(evidence(a, apart + rate) + evidence(b, rate) for rate in rates)


@pytest.mark.parametrize("counts", [(209, 214, 1900, 1940), (40.5, 61.25, 980, 1000), (30, 30, 20, 40)])
def test_a_difference_ends_where_the_evidence_is_enough_against_every_pair(counts: tuple[float, ...]) -> None:
    a_ok, a_n, b_ok, b_n = counts
    a, b = Count(a_ok, a_n - a_ok), Count(b_ok, b_n - b_ok)
    low, middle, high = difference(*counts)
    assert middle == pytest.approx(a.rate - b.rate)
    assert low < middle < high
    for end in (low, high):
        assert least_evidence(a, b, end) == pytest.approx(log(20), abs=0.02)


def test_that_rates_are_one_has_least_against_it_at_their_common_rate() -> None:
    a, b = Count(60, 5), Count(900, 40)
    assert evidence_of_difference(a, b) == pytest.approx(least_evidence(a, b, 0), abs=1e-3)
    apart = difference(60, 65, 900, 940)
    assert (evidence_of_difference(a, b) < log(20)) == (apart.low < 0 < apart.high)


def test_nothing_is_known_before_both_are_observed() -> None:
    assert difference(0, 0, 5, 5) == difference(3, 4, 0, 0) == (-1, 0, 1)
    low, middle, high = proportion(0, 0)
    assert (round(low, 6), middle, round(high, 6)) == (0, 0, 1)


def test_an_interval_reaches_its_end_where_all_went_well_or_nothing() -> None:
    assert proportion(50, 50).high == pytest.approx(1)
    assert proportion(0, 50).low == pytest.approx(0)
    low, middle, high = difference(0, 50, 50, 50)
    assert (round(low, 6), middle) == (-1, -1)
    assert high < -0.4


def test_more_of_the_same_is_narrower() -> None:
    widths = [
        end.high - end.low for n in (1, 4, 16, 64) for end in (difference(95 * n, 100 * n, 97 * n, 100 * n),)
    ]
    assert widths == sorted(widths, reverse=True)
    assert widths[-1] < widths[0] / 4


EDGES = tuple(float(edge) for edge in range(1, 11))


def test_a_median_is_somewhere_until_enough_is_known() -> None:
    assert median([1, 1, 1] + [0] * 8, EDGES) == (0, 2, inf)
    assert median([0] * 11, EDGES) == (0, inf, inf)


def test_a_median_lies_above_edges_with_less_than_half_and_at_most_at_those_with_more() -> None:
    assert median([0, 0, 100, 100, 200, 100, 100, 0, 0, 0, 0], EDGES) == (4, 5, 5)
    assert median([0] * 10 + [100], EDGES) == (10, inf, inf)


def median_fails(seed: int, true: float, observations: int) -> bool:
    """Whether the interval of a median misses it at any time; `true` is where it lies among the edges."""
    rng, counts = random.Random(seed), [0.0] * 11
    for _ in range(observations):
        counts[min(int(rng.expovariate(log(2) / true)), 10)] += 1
        low, _, high = median(counts, EDGES)
        if not low <= true <= high:
            return True
    return False


@pytest.mark.parametrize("true", [3.0, 4.5])
def test_the_median_is_missed_at_any_time_in_few_runs(true: float) -> None:
    assert sum(median_fails(seed, true, 100) for seed in range(60)) <= 3


@pytest.mark.soak
@pytest.mark.parametrize("true", [3.0, 4.5])
def test_the_median_is_missed_at_any_time_in_at_most_one_run_of_twenty(true: float) -> None:
    assert sum(median_fails(seed, true, 1000) for seed in range(RUNS)) <= RUNS * 0.05


@pytest.mark.parametrize("crowd", [CROWDS["half, some unlucky"], CROWDS["outages, some unlucky"]])
def test_looking_all_the_time_for_a_month_raises_hardly_a_false_alarm(crowd: Crowd) -> None:
    """The short form: true rates are far below 5 %, and so is what these seeds give."""
    assert alarms(crowd, FEW_RUNS) <= FEW_RUNS * 0.05


@pytest.mark.soak
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("name", CROWDS)
def test_looking_all_the_time_for_a_month_raises_a_false_alarm_in_few_runs(name: str) -> None:
    found = alarms(CROWDS[name], RUNS)
    print(f"{name}: {found} of {RUNS}")
    assert found <= RUNS * 0.05


def test_days_of_one_user_counted_as_many_would_raise_them() -> None:
    """Why counts are divided by the days per user: the simulation would notice if they were not."""
    crowd = CROWDS["half, some unlucky"]
    assert alarms(crowd, FEW_RUNS, by_users=False) > FEW_RUNS * 0.1


def test_a_loss_of_five_points_at_ten_percent_is_found() -> None:
    """The short form; the median is the 4th of 7."""
    found = sorted(found_after(LOSS, seed) or LOSS.users * 30 for seed in range(7))
    assert found[3] <= LOSS_FOUND_BEFORE


@pytest.mark.soak
def test_a_loss_of_five_points_at_ten_percent_is_found_in_the_median_of_runs() -> None:
    found = sorted(found_after(LOSS, seed) or LOSS.users * 30 for seed in range(RUNS))
    print(f"median {found[RUNS // 2]}, nine of ten before {found[RUNS * 9 // 10]}")
    assert found[RUNS // 2] <= LOSS_FOUND_BEFORE


def medians_seem_apart(seed: int, every: int) -> bool:
    """Whether the medians of two halves of 100 users ever do, who have a speed each for the month."""
    rng = random.Random(seed)
    slow = [rng.gauss(1.0, 0.7) for _ in range(100)]
    buckets, days, own = [[0] * 11, [0] * 11], [[0] * 50, [0] * 50], [0, 0]
    for number in range(3000):
        user = rng.randrange(100)
        half, place = user % 2, user // 2
        buckets[half][min(int(exp(slow[user] + rng.gauss(0, 0.2))), 10)] += 1
        own[half] += 2 * days[half][place] + 1
        days[half][place] += 1
        if number % every == every - 1 and all(own):
            per_user = [own[one] / sum(buckets[one]) for one in (0, 1)]
            a, b = (median([n / per_user[one] for n in buckets[one]], EDGES, 0.025) for one in (0, 1))
            if a.low >= b.high or b.low >= a.high:
                return True
    return False


def test_medians_of_users_some_of_whom_are_always_slow_seldom_seem_apart() -> None:
    assert sum(medians_seem_apart(seed, every=100) for seed in range(20)) <= 1


@pytest.mark.soak
def test_medians_of_users_some_of_whom_are_always_slow_seem_apart_in_few_runs() -> None:
    found = sum(medians_seem_apart(seed, every=10) for seed in range(RUNS))
    print(f"{found} of {RUNS}")
    assert found <= RUNS * 0.05
