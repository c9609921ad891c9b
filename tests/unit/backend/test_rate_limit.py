import pytest

from backend.rate_limit import Allowance, TokenBucket, Verdict


def test_a_bucket_gives_its_burst_and_then_its_rate() -> None:
    bucket = TokenBucket(rate=10, burst=3, now=0)
    assert [bucket.take(1, 0) for _ in range(4)] == [True, True, True, False]
    assert bucket.wait_s(1) == pytest.approx(0.1)
    assert not bucket.take(1, 0.09)
    assert bucket.take(1, 0.11)


def test_a_bucket_never_holds_more_than_its_burst() -> None:
    bucket = TokenBucket(rate=10, burst=3, now=0)
    assert [bucket.take(1, 1000) for _ in range(4)] == [True, True, True, False]
    assert not bucket.take(4, 2000)


def test_a_flood_is_warned_once_a_second_and_then_closed() -> None:
    allowance = Allowance(rate=1, burst=1, now=0, patience_s=5)
    verdicts = [allowance.judge(1, step / 10) for step in range(60)]
    assert verdicts[0] is Verdict.PASS
    assert verdicts[1] is Verdict.WARN
    assert verdicts[2] is Verdict.DROP
    assert Verdict.CLOSE not in verdicts[:50]
    assert Verdict.CLOSE in verdicts[50:]
    assert verdicts.count(Verdict.WARN) <= 6


def test_a_short_burst_now_and_then_never_closes() -> None:
    allowance = Allowance(rate=10, burst=10, now=0, patience_s=5)
    for second in range(0, 60, 3):
        verdicts = [allowance.judge(1, second + step / 1000) for step in range(15)]
        assert Verdict.CLOSE not in verdicts
