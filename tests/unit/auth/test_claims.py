import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pylib.auth.claims import read_claims
from pylib.errors import AuthError
from tests.support.fake_cognito import jwt


def with_payload(payload: str) -> str:
    return "head." + base64.urlsafe_b64encode(payload.encode()).decode().rstrip("=") + ".signature"


def test_the_claims_of_a_token_are_read() -> None:
    assert read_claims(jwt("user-1", exp=2000, iat=1000)) == ("user-1", 2000, 1000)


@pytest.mark.parametrize("sub", ["a", "ab", "abc", "abcd", "üñ", "?>?>"])
def test_any_length_of_payload_decodes(sub: str) -> None:
    assert read_claims(jwt(sub)).sub == sub


def test_a_token_need_not_say_when_it_was_issued() -> None:
    assert read_claims(with_payload('{"sub": "a", "exp": 5}')) == ("a", 5, 0)


PAYLOADS = ["[]", "{}", "5", '{"sub": 1}', '{"exp": 1}', "[" * 100_000]
PAYLOADS += ['{"sub": "x", "exp": ' + exp + "}" for exp in ('"soon"', "null", "[]", "{}", "1" + "0" * 400)]


@pytest.mark.parametrize("token", ["", "a", "a.b", "a.b.c", "a.é.c", *map(with_payload, PAYLOADS)])
def test_what_is_no_token_is_an_auth_error(token: str) -> None:
    with pytest.raises(AuthError) as caught:
        read_claims(token)
    assert caught.value.code == "AUTH_TOKEN_INVALID"


@given(st.text())
def test_no_text_at_all_does_worse(token: str) -> None:
    with pytest.raises(AuthError):
        read_claims(token)
