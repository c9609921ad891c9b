"""Portable: the listener's reading of the config file, and the rules for addresses."""

import json

from pylib.config.site_config import http_url, read_json, read_site_config, websocket_url
from pylib.errors import ConfigError
from tests.support.portable import raises

SITE = "https://lectern.example/talks/"
LOCAL = "http://127.0.0.1:8000/"


def test_an_address_may_be_relative_to_the_site() -> None:
    for value, wanted in (
        ("/ws", "wss://lectern.example/ws"),
        ("ws", "wss://lectern.example/talks/ws"),
        ("live/ws?x=1", "wss://lectern.example/talks/live/ws?x=1"),
        ("//cdn.example/ws", "wss://cdn.example/ws"),
    ):
        assert websocket_url(value, SITE) == wanted
    assert websocket_url("/ws", LOCAL) == "ws://127.0.0.1:8000/ws"
    assert websocket_url("ws", "http://localhost:8000") == "ws://localhost:8000/ws"
    assert http_url("/api", SITE) == "https://lectern.example/api"
    assert http_url("api", SITE + "listener/index.html?s=x#y") == "https://lectern.example/talks/listener/api"


def test_a_websocket_address_may_be_written_as_http() -> None:
    assert websocket_url("https://api.example/prod", SITE) == "wss://api.example/prod"
    assert websocket_url("HTTP://localhost/ws", SITE) == "ws://localhost/ws"


def test_this_machine_needs_no_encryption() -> None:
    for host in (
        "localhost",
        "127.0.0.1",
        "[::1]",
        "localhost:8000",
        "127.0.0.1:1",
        "[::1]:65535",
        "LOCALHOST",
    ):
        assert websocket_url("ws://" + host + "/ws", SITE) == "ws://" + host + "/ws"
        assert http_url("http://" + host, SITE) == "http://" + host


def test_every_other_host_does() -> None:
    for host in ("example.org", "localhost.example.org", "127.0.0.1.example.org", "192.168.1.5", "127.0.0.2"):
        assert "must be secure (https://)" in str(
            raises(ValueError, lambda host=host: http_url("http://" + host, SITE))
        )
        assert "must be secure (wss://)" in str(
            raises(ValueError, lambda host=host: websocket_url("ws://" + host, SITE))
        )
        assert http_url("https://" + host, SITE) == "https://" + host


def test_what_is_no_address_is_refused() -> None:
    wrong: list[object] = [
        "",
        None,
        5,
        True,
        [],
        "ws://",
        "ws://:80/",
        "ws://a:b/",
        "ws://a:99999/",
        "ws://a:0/",
        "ftp://a/",
    ]
    wrong += [
        "javascript:alert(1)",
        "mailto:a",
        "wss://u:p@a/",
        "wss://a/#x",
        "wss://a b/",
        "wss://a\\b/",
        "wss://a\n/",
    ]
    for value in wrong:
        error = raises(ValueError, lambda value=value: websocket_url(value, SITE))
        assert "must be a ws:// or wss:// address" in str(error), value
    raises(ValueError, lambda: http_url("wss://a/", SITE))
    assert "query" in str(raises(ValueError, lambda: http_url("https://a/?x=1", SITE)))


def test_the_listeners_keys_are_read() -> None:
    text = json.dumps(
        {"websocket_url": "/ws", "http_api_url": "/api", "transport": "binary", "dev": True, "region": 5}
    )
    config = read_site_config(text, LOCAL)
    assert config.websocket_url == "ws://127.0.0.1:8000/ws"
    assert config.http_api_url == "http://127.0.0.1:8000/api"


def test_what_is_not_set_has_its_default() -> None:
    config = read_site_config('{"websocket_url": "/ws"}', LOCAL)
    assert (config.http_api_url, config.transport, config.send_figures) == ("", "binary", True)


def test_a_site_may_have_its_pages_send_no_figures() -> None:
    text = '{"websocket_url": "/ws", "rollout_guard": 5, "send_figures": '
    assert not read_site_config(text + "false}", LOCAL).send_figures
    assert raises(ConfigError, lambda: read_site_config(text + '"no"}', LOCAL)).problems == (
        "send_figures must be true or false.",
    )


def test_every_wrong_field_is_told_in_one_sentence() -> None:
    text = '{"websocket_url": 5, "http_api_url": "http://example.org", "transport": "pigeon"}'
    error = raises(ConfigError, lambda: read_site_config(text, LOCAL))
    assert [problem.split(" ")[0] for problem in error.problems] == [
        "websocket_url",
        "http_api_url",
        "transport",
    ]
    for problem in error.problems:
        assert problem.endswith(".")
        assert problem in error.message


def test_sound_may_travel_as_text() -> None:
    assert read_site_config('{"websocket_url": "/ws", "transport": "text"}', LOCAL).transport == "text"


def test_a_missing_address_is_told() -> None:
    assert "websocket_url" in raises(ConfigError, lambda: read_site_config("{}", LOCAL)).message


def test_a_file_that_is_no_json_object_is_told() -> None:
    assert "JSON" in raises(ConfigError, lambda: read_site_config("{", LOCAL)).message
    assert "object" in raises(ConfigError, lambda: read_site_config("[]", LOCAL)).message


def test_an_address_whose_scheme_was_left_out_is_no_folder() -> None:
    """It was read as a folder of the site: https://site/live.example/ws."""
    for value in ("live.example/ws", "live.example", "localhost/ws", "127.0.0.1/ws"):
        assert "lacks its beginning, wss://" in str(
            raises(ValueError, lambda value=value: websocket_url(value, SITE))
        )
        assert "lacks its beginning, https://" in str(
            raises(ValueError, lambda value=value: http_url(value, SITE))
        )
    assert websocket_url("ws/v1.2", SITE) == "wss://lectern.example/talks/ws/v1.2"


def test_a_place_that_was_not_filled_in_is_no_host() -> None:
    for host in ("<your-host>", "{host}", "$HOST", "*.example", "a.example,b.example"):
        assert "must be" in str(
            raises(ValueError, lambda host=host: websocket_url("wss://" + host + "/ws", SITE))
        )


def test_a_byte_order_mark_is_passed_over() -> None:
    assert read_json("\ufeff" + '{"dev": true}\r\n') == {"dev": True}


def test_keys_that_begin_with_two_slashes_are_comments() -> None:
    assert read_json('{"// why": "because", "dev": true}') == {"dev": True}
