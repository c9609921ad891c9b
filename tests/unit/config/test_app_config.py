import json
import re
from dataclasses import MISSING, asdict, fields
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pylib.config.app_config import EXAMPLE_ENCRYPTION_KEYS, AppConfig, parse_config
from pylib.config.site_config import read_json, read_site_config
from pylib.errors import ConfigError

TOP = Path(__file__).resolve().parents[3]
SITE = "https://lectern.example/"
LOCAL = "http://127.0.0.1:8000/"

KEYS = {field.name: field for field in fields(AppConfig)}

GOOD: dict[str, Any] = {
    "websocket_url": "/ws",
    "region": "eu-central-1",
    "user_pool_id": "eu-central-1_AbCdEfGhI",
    "client_id": "38t8057tbi0o6873qt441kuo3n",
    "encryption_key": "a-text-of-our-own-with-32-characters-or-more",
}


def parse(site: str = SITE, /, **changes: Any) -> AppConfig:
    return parse_config(json.dumps({**GOOD, **changes}), site)


def problems(site: str = SITE, /, **changes: Any) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        parse(site, **changes)
    assert all(problem in caught.value.message for problem in caught.value.problems)
    return list(caught.value.problems)


def test_the_flag_is_off_by_default() -> None:
    config = parse()
    assert config.use_http_session_creation is False
    assert config.http_session_rollout_percent == 100
    assert (config.http_api_url, config.transport, config.socket_auth) == ("", "binary", "subprotocol")
    assert (config.send_figures, config.rollout_guard, config.dev) == (True, False, False)


def test_every_key_is_read() -> None:
    text = json.dumps(
        {
            **GOOD,
            "websocket_url": "wss://live.example/prod",
            "http_api_url": "https://api.example/prod",
            "use_http_session_creation": True,
            "http_session_rollout_percent": 10,
            "cognito_endpoint": "https://idp.example/",
            "backend": "lectern",
            "transport": "binary",
            "socket_auth": "query",
            "send_figures": False,
            "rollout_guard": True,
            "dev": True,
        }
    )
    config = parse_config(text, SITE)
    assert set(json.loads(text)) == set(KEYS)
    assert asdict(config) == json.loads(text)


def test_relative_addresses_are_resolved_against_the_site() -> None:
    config = parse(LOCAL, http_api_url="/", cognito_endpoint="cognito")
    assert config.websocket_url == "ws://127.0.0.1:8000/ws"
    assert config.http_api_url == "http://127.0.0.1:8000/"
    assert config.cognito_endpoint == "http://127.0.0.1:8000/cognito"


def test_the_sign_in_address_follows_the_region() -> None:
    for unset in ({}, {"cognito_endpoint": ""}, {"cognito_endpoint": None}):
        config = parse(**unset)
        assert config.cognito_endpoint == "https://cognito-idp.eu-central-1.amazonaws.com/"


def test_the_flag_needs_an_api_address() -> None:
    assert problems(use_http_session_creation=True) == [
        "http_api_url is needed when use_http_session_creation is true."
    ]
    assert parse(use_http_session_creation=True, http_api_url="/api").use_http_session_creation


WRONG = [
    ("websocket_url", "", "websocket_url must be a ws:// or wss:// address"),
    ("websocket_url", 5, "websocket_url must be a ws:// or wss:// address"),
    ("websocket_url", "ftp://a/", "websocket_url must be a ws:// or wss:// address"),
    ("websocket_url", "ws://live.example/", "websocket_url must be secure (wss://) for live.example."),
    ("http_api_url", "wss://a/", "http_api_url must be an http:// or https:// address"),
    ("http_api_url", "http://a.example/", "http_api_url must be secure (https://) for a.example."),
    ("http_api_url", "https://a/?x", "http_api_url must not have a query."),
    ("use_http_session_creation", "true", "use_http_session_creation must be true or false."),
    ("use_http_session_creation", 1, "use_http_session_creation must be true or false."),
    (
        "http_session_rollout_percent",
        -1,
        "http_session_rollout_percent must be a whole number from 0 to 100.",
    ),
    (
        "http_session_rollout_percent",
        101,
        "http_session_rollout_percent must be a whole number from 0 to 100.",
    ),
    (
        "http_session_rollout_percent",
        0.5,
        "http_session_rollout_percent must be a whole number from 0 to 100.",
    ),
    (
        "http_session_rollout_percent",
        "10",
        "http_session_rollout_percent must be a whole number from 0 to 100.",
    ),
    ("region", "Frankfurt", "region must be an AWS region such as us-east-1."),
    ("region", None, "region must be an AWS region such as us-east-1."),
    ("user_pool_id", "AbCdEfGhI", "user_pool_id must be a Cognito user pool id such as us-east-1_AbCdEfGhI."),
    ("client_id", "", "client_id must be the id of an app client of the user pool."),
    ("client_id", "<your client id>", "client_id must be the id of an app client of the user pool."),
    ("encryption_key", "x" * 31, "encryption_key must be a text of 32 or more characters."),
    (
        "encryption_key",
        12345678901234567890123456789012,
        "encryption_key must be a text of 32 or more characters.",
    ),
    (
        "cognito_endpoint",
        "http://idp.example/",
        "cognito_endpoint must be secure (https://) for idp.example.",
    ),
    ("transport", "pigeon", 'transport must be "binary" or "text".'),
    ("socket_auth", "cookie", 'socket_auth must be "subprotocol" or "query".'),
    ("send_figures", 0, "send_figures must be true or false."),
    ("rollout_guard", "on", "rollout_guard must be true or false."),
    ("dev", "no", "dev must be true or false."),
    ("use_http_session_creaton", True, "use_http_session_creaton is not a setting of this version"),
]


@pytest.mark.parametrize(("key", "value", "sentence"), WRONG)
def test_a_wrong_field_is_one_readable_sentence(key: str, value: object, sentence: str) -> None:
    (problem,) = problems(**{key: value})
    assert problem.startswith(sentence)
    assert problem.endswith(".")


@pytest.mark.parametrize("key", GOOD)
def test_a_missing_field_is_one_readable_sentence(key: str) -> None:
    text = json.dumps({name: value for name, value in GOOD.items() if name != key})
    with pytest.raises(ConfigError) as caught:
        parse_config(text, SITE)
    (problem,) = caught.value.problems
    assert problem.startswith(f"{key} is missing; it must be ")


def test_every_wrong_field_is_told_at_once() -> None:
    wrong = {key: value for key, value, _ in WRONG}
    assert len(problems(**wrong)) == len(wrong)


@pytest.mark.parametrize("key", EXAMPLE_ENCRYPTION_KEYS)
def test_the_example_files_encryption_key_is_refused(key: str) -> None:
    assert len(key) >= 32
    (problem,) = problems(encryption_key=key)
    assert "example" in problem


def test_no_value_is_ever_repeated() -> None:
    wrong = {
        "encryption_key": "hunter2",
        "client_id": "hunter2 !",
        "user_pool_id": ["hunter2"],
        "hunter": "hunter2",
    }
    with pytest.raises(ConfigError) as caught:
        parse(**wrong)
    assert "hunter2" not in str(caught.value)
    assert "32-characters-or-more" not in repr(parse())


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '"x"', "[" * 100_000])
def test_a_file_that_is_no_json_object_is_told(text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_config(text, SITE)
    (problem,) = caught.value.problems
    assert "JSON" in problem


def test_a_key_that_is_told_twice_is_refused() -> None:
    twice = '{"region": "us-east-1", "// a": 1, "// a": 2, "region": "eu-west-1"}'
    with pytest.raises(ConfigError) as caught:
        parse_config(twice, SITE)
    assert caught.value.problems == ("region is told more than once.",)


def test_what_the_eye_does_not_see_in_a_key_is_shown() -> None:
    with pytest.raises(ConfigError) as caught:
        parse_config('{"region ": "x", "\u200bdev": true, "regoin": 1}', SITE)
    told = str(caught.value)
    assert '"region " is not a setting' in told
    assert '"\\u200bdev" is not a setting' in told
    assert " regoin is not a setting" in told


def test_spaces_around_a_value_do_not_count() -> None:
    config = parse(websocket_url=" wss://live.example/ws ", region=" us-east-1\t", client_id="abc ")
    assert (config.websocket_url, config.region, config.client_id) == (
        "wss://live.example/ws",
        "us-east-1",
        "abc",
    )


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(), lambda inner: st.lists(inner, max_size=3)
)


@given(st.dictionaries(st.sampled_from([*KEYS]), JSON))
def test_whatever_a_file_holds_it_comes_to_sentences(fields: dict[str, Any]) -> None:
    # Random data never holds a valid region, pool and key, so there is always a problem to report.
    with pytest.raises(ConfigError) as caught:
        parse_config(json.dumps(fields), SITE)
    assert caught.value.problems
    assert all(problem.endswith(".") for problem in caught.value.problems)


def example() -> dict[str, Any]:
    return read_json((TOP / "config.example.json").read_text())


def test_the_example_has_every_key_with_a_comment_and_is_good_but_for_its_encryption_key() -> None:
    raw = json.loads((TOP / "config.example.json").read_text())
    assert list(example()) == [
        key.removeprefix("// ") for key in raw if key.startswith("// ") and key[3:] in raw
    ]
    assert set(example()) == set(KEYS)
    with pytest.raises(ConfigError) as caught:
        parse_config(json.dumps(example()), SITE)
    assert [problem.split()[0] for problem in caught.value.problems] == ["encryption_key"]
    parse_config(json.dumps({**example(), "encryption_key": GOOD["encryption_key"]}), SITE)


def test_both_pages_read_the_example_alike() -> None:
    text = json.dumps({**example(), "encryption_key": GOOD["encryption_key"]})
    speaker, listener = parse_config(text, LOCAL), read_site_config(text, LOCAL)
    assert listener._asdict() == {name: getattr(speaker, name) for name in listener._fields}


def test_sound_may_travel_as_text_on_both_pages() -> None:
    text = json.dumps({**GOOD, "transport": "text"})
    assert parse_config(text, SITE).transport == read_site_config(text, SITE).transport == "text"


def test_a_wrong_transport_is_refused_on_both_pages_with_the_same_sentence() -> None:
    with pytest.raises(ConfigError) as heard:
        read_site_config(json.dumps({**GOOD, "transport": "pigeon"}), SITE)
    assert list(heard.value.problems) == problems(transport="pigeon")


def test_the_originals_backend_is_one_setting_that_implies_all_others() -> None:
    config = parse(backend="aws")
    assert (config.backend, config.transport, config.socket_auth) == ("aws", "text", "query")
    assert parse(backend="aws", transport="text", socket_auth="query") == config
    assert read_site_config(json.dumps({**GOOD, "backend": "aws"}), SITE).transport == "text"
    assert parse().backend == "lectern"


@pytest.mark.parametrize(
    ("contradiction", "sentence"),
    [
        ({"transport": "binary"}, 'transport must be "text" or left out when backend is "aws".'),
        ({"socket_auth": "subprotocol"}, 'socket_auth must be "query" or left out when backend is "aws".'),
    ],
)
def test_what_contradicts_the_originals_backend_is_one_sentence_on_both_pages(
    contradiction: dict[str, str], sentence: str
) -> None:
    assert problems(backend="aws", **contradiction) == [sentence]
    with pytest.raises(ConfigError) as heard:
        read_site_config(json.dumps({**GOOD, "backend": "aws", **contradiction}), SITE)
    assert list(heard.value.problems) == [sentence]


def test_a_backend_there_is_not_is_refused_on_both_pages_with_the_same_sentence() -> None:
    for wrong in ("azure", "", None, 5, ["aws"]):
        with pytest.raises(ConfigError) as heard:
            read_site_config(json.dumps({**GOOD, "backend": wrong}), SITE)
        assert list(heard.value.problems) == problems(backend=wrong)
        assert list(heard.value.problems) == ['backend must be "lectern" or "aws".']


def test_every_key_is_documented_with_its_default_and_the_reports_name() -> None:
    page = (TOP / "docs" / "configuration.md").read_text()
    rows = dict(re.findall(r"^\| `(\w+)` \| (.+) \|$", page, re.MULTILINE))
    assert set(rows) == set(KEYS)
    for key, field in KEYS.items():
        default = "required" if field.default is MISSING else json.dumps(field.default)
        assert default in rows[key], key
    for name in (
        "VITE_WEBSOCKET_URL",
        "VITE_HTTP_API_URL",
        "VITE_USE_HTTP_SESSION_CREATION",
        "VITE_AWS_REGION",
        "VITE_ENCRYPTION_KEY",
        "VITE_COGNITO_USER_POOL_ID",
        "VITE_COGNITO_CLIENT_ID",
    ):
        assert sum(name in row for row in rows.values()) == 1, name
