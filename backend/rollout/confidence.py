"""Confidence sequences: intervals that hold at every moment at once, however often one looks.

An ordinary 95 % interval holds for one look that was planned beforehand; who looks every minute will see it
fail. These fail, at any moment between the first observation and the last, in at most 5 % of all rollouts.
The tool is a martingale: it begins at 1 and, for the true rate, grows no more on average than it shrinks. By
Ville's inequality it ever reaches 1 / ALPHA with a probability of at most ALPHA. An interval holds the rates
for which it has not.

Sources: H. Robbins, Statistical methods related to the law of the iterated logarithm, Annals of Mathematical
Statistics 41 (1970), for the mixture of likelihood ratios; S. Howard, A. Ramdas, J. McAuliffe, J. Sekhon,
Time-uniform, nonparametric, nonasymptotic confidence sequences, Annals of Statistics 49 (2021); S. Howard,
A. Ramdas, Sequential estimation of quantiles with applications to A/B testing and best-arm identification,
Bernoulli 28 (2022), for medians.

Counts may be fractions: backend/rollout/judge.py counts what a user tells again as a part of one observation.
"""

from collections.abc import Callable, Sequence
from math import exp, inf, lgamma, log, sqrt
from typing import NamedTuple

ALPHA = 0.05
"""How likely an interval is to be wrong at any time."""

STEPS = 40
"""Halvings, until an end is found exactly enough."""

TINY = 1e-12


class Prior(NamedTuple):
    """The weights of a Beta distribution: which rates are thought likely, before anything is counted.

    Intervals hold whatever it is, and are the narrower the better it fits.
    """

    well: float
    ill: float


MOST_GO_WELL = Prior(4, 0.5)
EVEN = Prior(5, 5)


class Interval(NamedTuple):
    """From `low` to `high`; `middle` is what was observed."""

    low: float
    middle: float
    high: float


class Count(NamedTuple):
    """What was observed of one rate."""

    well: float
    ill: float

    @property
    def total(self) -> float:
        """All observations."""
        return self.well + self.ill

    @property
    def rate(self) -> float:
        """The share that went well; 0 before the first observation."""
        return self.well / self.total if self.total else 0.0


def evidence(count: Count, rate: float, prior: Prior = MOST_GO_WELL) -> float:
    """The logarithm of the martingale: how much speaks against `rate` being the true one.

    The likelihood ratio of every other rate to this one, averaged by the prior (Robbins 1970).
    """
    return _mixture(count, prior) - _log_likelihood(count, rate)


def proportion(ok: float, n: float, alpha: float = ALPHA) -> Interval:
    """The interval of a rate of which `ok` of `n` observations went well."""
    count, limit = Count(ok, n - ok), -log(alpha)

    def is_in(rate: float) -> bool:
        return evidence(count, rate) < limit

    return Interval(_edge(is_in, count.rate, 0.0), count.rate, _edge(is_in, count.rate, 1.0))


def evidence_of_difference(a: Count, b: Count) -> float:
    """How much speaks against both rates being one, whichever it is: less does so against the common rate.

    The product of two martingales is one: this needs no halving of ALPHA.
    """
    rate = Count(a.well + b.well, a.ill + b.ill).rate
    return evidence(a, rate) + evidence(b, rate)


def difference(a_ok: float, a_n: float, b_ok: float, b_n: float, alpha: float = ALPHA) -> Interval:
    """The interval of one rate minus another; from -1 to 1 while either has no observation.

    Pairs of rates against which there is not enough evidence form a convex region; the interval goes from the
    least to the greatest difference in it. At either end a step costs as much evidence in one rate as it
    saves in the other (Lagrange), and by this slope the end is found.
    """
    if not a_n or not b_n:
        return Interval(-1.0, 0.0, 1.0)
    a, b, limit = Count(a_ok, a_n - a_ok), Count(b_ok, b_n - b_ok), -log(alpha)
    mixtures = _mixture(a, MOST_GO_WELL) + _mixture(b, MOST_GO_WELL)

    def end(sign: int) -> float:
        low, high = log(TINY), log(1 / TINY)
        for _ in range(STEPS):
            slope = sign * exp((low + high) / 2)
            pair = _rate_at(a, slope), _rate_at(b, -slope)
            is_in = mixtures - _log_likelihood(a, pair[0]) - _log_likelihood(b, pair[1]) < limit
            low, high = ((low + high) / 2, high) if is_in else (low, (low + high) / 2)
        slope = sign * exp(low)
        return _rate_at(a, slope) - _rate_at(b, -slope)

    return Interval(end(-1), a.rate - b.rate, end(1))


def median(counts: Sequence[float], edges: Sequence[float], alpha: float = ALPHA) -> Interval:
    """The interval of the median of what was sorted into buckets.

    `counts` has one more than `edges`: what lies above the last one. Whether a value is at most an edge is an
    observation of a rate, and the median lies above every edge whose rate is surely below one half. Either
    side has half of alpha, because the median lies between two edges rather than on one.
    """
    total, below, limit = sum(counts), 0.0, -log(alpha / 2)
    low, middle, high = 0.0, inf, inf
    for count, edge in zip(counts, edges, strict=False):
        below += count
        at_most = Count(below, total - below)
        sure = evidence(at_most, 0.5, EVEN) >= limit
        if at_most.rate < 0.5:
            low = edge if sure else low
            continue
        middle = min(middle, edge)
        if sure:
            high = edge
            break
    return Interval(low, middle, high)


def _mixture(count: Count, prior: Prior) -> float:
    return _log_beta(prior.well + count.well, prior.ill + count.ill) - _log_beta(*prior)


def _log_beta(a: float, b: float) -> float:
    return lgamma(a) + lgamma(b) - lgamma(a + b)


def _log_likelihood(count: Count, rate: float) -> float:
    """Minus infinity for a rate that makes what was observed impossible."""
    return _times_log(count.well, rate) + _times_log(count.ill, 1.0 - rate)


def _times_log(count: float, rate: float) -> float:
    if not count:
        return 0.0
    return count * log(rate) if rate > 0 else -inf


def _rate_at(count: Count, slope: float) -> float:
    """The rate from which the evidence against it grows by `slope`: ill / (1 - rate) - well / rate."""
    if slope < 0:
        return 1.0 - _rate_at(Count(count.ill, count.well), -slope)
    rest = count.total - slope
    root = sqrt(rest * rest + 4 * slope * count.well)
    return 2 * count.well / (rest + root) if rest > 0 else (root - rest) / (2 * slope)


def _edge(is_in: Callable[[float], bool], inside: float, outside: float) -> float:
    """The last value that is in, between one that is and one that is not or is the last there can be."""
    for _ in range(STEPS):
        middle = (inside + outside) / 2
        inside, outside = (middle, outside) if is_in(middle) else (inside, middle)
    return inside
