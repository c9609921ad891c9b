"""Who comes, by what a request to open a connection says: an owner never becomes a listener."""

import base64
from urllib.parse import quote

import pytest
from aiohttp.test_utils import make_mocked_request
from multidict import CIMultiDict

from backend.ws.upgrade_request import UpgradeRequest, read_upgrade

TOKEN = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhbm5hIn0.c2lnbmF0dXJl"


def asked(query: str = "", protocols: str = "", authorization: "tuple[str, ...]" = ()) -> UpgradeRequest:
    headers = CIMultiDict([("Authorization", one) for one in authorization])
    if protocols:
        headers["Sec-WebSocket-Protocol"] = protocols
    return read_upgrade(make_mocked_request("GET", "/ws?" + query, headers=headers), query_tokens=True)


def basic(text: str) -> str:
    return "Basic " + base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    "header",
    [
        basic("door:secret"),
        'Digest username="a"',
        "Negotiate YIIKxQYGKwYBBQUC",
        "NTLM TlRMTVNTUAAB",
        "basic YTpi",
    ],
)
@pytest.mark.parametrize("protocols", ["", "lectern.v1"])
def test_what_a_proxy_or_browser_adds_is_no_claim(header: str, protocols: str) -> None:
    assert asked(protocols=protocols, authorization=(header,)).token is None


@pytest.mark.parametrize("header", ["Bearer " + TOKEN, "bearer " + TOKEN, "JWT " + TOKEN, "Basic " + TOKEN])
def test_a_token_behind_any_scheme_is_a_token(header: str) -> None:
    assert asked(authorization=(header,)).token == TOKEN
    assert asked(authorization=("Negotiate YIIKxQYGKwYBBQUC", header)).token == TOKEN


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer ", TOKEN, "Basic", "Token x", basic("anna:" + TOKEN)]
)
def test_what_may_be_meant_for_a_token_is_a_bad_one(header: str) -> None:
    assert asked(authorization=(header,)).token not in (None, TOKEN)


def test_two_tokens_are_a_bad_one() -> None:
    assert asked(authorization=("Bearer " + TOKEN, "Bearer " + TOKEN)).token == ""
    assert asked(f"token={TOKEN}&token={TOKEN}").token == ""


def test_a_proxys_credentials_hide_no_token() -> None:
    door = (basic("door:secret"),)
    assert asked("token=" + TOKEN, authorization=door).token == TOKEN
    assert asked(protocols="lectern.v1, bearer." + TOKEN, authorization=door).token == TOKEN


@pytest.mark.parametrize("name", ["access_token", "Authorization", "idToken", "jwt"])
def test_a_token_under_another_name_in_the_address_is_a_bad_one(name: str) -> None:
    assert asked(f"{name}={TOKEN}").token == ""
    assert asked(f"{name}={quote('Bearer ' + TOKEN)}").token == ""
    assert asked(f"{name}={TOKEN}&token={TOKEN}").token == TOKEN


def test_the_scheme_may_stand_in_the_address_too() -> None:
    assert asked("token=" + quote("Bearer " + TOKEN)).token == TOKEN
    assert asked("token=").token == ""


@pytest.mark.parametrize("unset", ["", "undefined", "null"])
def test_a_code_that_an_older_client_does_not_have_is_none(unset: str) -> None:
    assert asked("sessionId=" + unset).session_id is None
    assert asked("sessionId=" + unset, protocols="lectern.v1").session_id == unset


def test_an_older_clients_code_and_language_as_people_write_them() -> None:
    older = asked("sessionId=%20Golden-Eagle-427&targetLanguage=es-MX")
    assert (older.session_id, older.target_language) == ("golden-eagle-427", "es")
    assert asked("sessionId=%3F%3F&targetLanguage=xx")[:2] == ("??", "")
    ours = asked("sessionId=Golden-Eagle-427&targetLanguage=es-MX", protocols="lectern.v1")
    assert (ours.session_id, ours.target_language) == ("Golden-Eagle-427", "")
