from itertools import pairwise
from typing import NamedTuple
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pylib.config.rollout import BUCKETS, bucket, creation_mode

USERS = [str(UUID(int=number * 2**64 + number)) for number in range(10_000)]


class Config(NamedTuple):
    use_http_session_creation: bool = True
    http_session_rollout_percent: int = 100
    http_api_url: str = "https://api.example"


def in_http_mode(percent: int) -> set[str]:
    config = Config(http_session_rollout_percent=percent)
    return {user for user in USERS if creation_mode(config, user).mode == "http"}


def test_default_false_uses_websocket_mode() -> None:
    mode, why = creation_mode(Config(use_http_session_creation=False), "user-1")
    assert mode == "websocket"
    assert why == "use_http_session_creation is false"


def test_setting_to_true_uses_http_mode() -> None:
    assert creation_mode(Config(), "user-1").mode == "http"


@pytest.mark.parametrize("percent", [10, 50, 90])
def test_the_share_of_10_000_users_is_right_within_one_point(percent: int) -> None:
    assert abs(len(in_http_mode(percent)) / len(USERS) * 100 - percent) <= 1


def test_no_user_at_0_and_every_user_at_100_percent() -> None:
    assert in_http_mode(0) == set()
    assert len(in_http_mode(100)) == len(USERS)


def test_a_user_who_is_in_stays_in_as_the_share_grows() -> None:
    shares = [in_http_mode(percent) for percent in (1, 10, 25, 50, 75, 100)]
    assert all(fewer < more for fewer, more in pairwise(shares))


@given(st.text(), st.integers(0, 100), st.integers(0, 100))
def test_that_holds_for_any_user_and_any_two_shares(user: str, one: int, other: int) -> None:
    low, high = sorted((one, other))
    if creation_mode(Config(http_session_rollout_percent=low), user).mode == "http":
        assert creation_mode(Config(http_session_rollout_percent=high), user).mode == "http"


def test_a_users_place_never_changes_between_versions() -> None:
    # Fixed numbers: if these change, users of every site move in and out of its rollout.
    assert [bucket(user) for user in ("", "user-1", "üser")] == [4567, 8456, 2866]
    assert all(0 <= bucket(user) < BUCKETS for user in USERS)


def test_a_testers_override_wins_over_flag_and_share() -> None:
    off = Config(use_http_session_creation=False, http_session_rollout_percent=0)
    assert creation_mode(off, "user-1", "http").mode == "http"
    assert creation_mode(Config(), "user-1", "websocket").mode == "websocket"
    assert "address" in creation_mode(off, "user-1", "http").why


def test_an_override_that_cannot_work_says_so() -> None:
    mode, why = creation_mode(Config(http_api_url=""), "user-1", "http")
    assert mode == "websocket"
    assert "http_api_url" in why


@pytest.mark.parametrize("override", ["", "HTTP", "both", "https"])
def test_an_unknown_override_is_none(override: str) -> None:
    assert creation_mode(Config(), "user-1", override).mode == "http"


def test_the_reason_names_the_share() -> None:
    for percent in (0, 100):
        why = creation_mode(Config(http_session_rollout_percent=percent), "user-1").why
        assert f"{percent} %" in why
