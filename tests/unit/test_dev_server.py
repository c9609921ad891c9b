"""The options of dev_server.py: each is explained, and what cannot be meant is refused with a sentence."""

import re
import sys
from pathlib import Path

import pytest

import dev_server
from backend.rollout.overlay import FILE, Overlay, Tripped
from backend.settings import AdminSettings, Limits, Settings
from tests.support.import_graph import TOP


def test_every_option_is_explained() -> None:
    page = (TOP / "docs" / "configuration.md").read_text("utf-8")
    options = [action for action in dev_server.option_parser()._actions if action.dest != "help"]
    assert len(options) > 15
    for option in options:
        (name,) = option.option_strings
        assert option.help, name
        assert re.search(rf"{name}(?![\w-])", page), f"docs/configuration.md does not explain {name}"


@pytest.mark.parametrize(
    "options",
    [
        ["--issuer", "https://pool.example"],
        ["--audience", "app"],
        ["--issuer", "https://pool.example", "--audience", " "],
        ["--data", ""],
        ["--host", ""],
        ["--jwks-url", "https://pool.example/keys"],
        ["--connect-origin", "pool.example"],
        ["--max-listeners", "0"],
        ["--max-listeners", "many"],
        ["--listeners-bound", "-1"],
        ["--listeners-bound", "1e9"],
        ["--connect-origin", "https://x;script-src"],
        ["--issuer", "pool.example", "--audience", "app"],
        ["--connect-origin", "https://x:99999"],
        ["--origin", "https://pages.example/talks"],
        ["--origin", "pages.example"],
        ["--origin", "*"],
        ["--port", "99999"],
        ["--port", "http"],
        ["--grace", "nan"],
        ["--creations-per-hour", "0"],
        ["--changes-per-minute", "1.5"],
        ["--changes-per-minute", "-1"],
        ["--session-hours", "0"],
        ["--session-hours", "forever"],
        ["--first-join-minutes", "-10"],
        ["--keep-ended-days", "inf"],
        ["--idempotency-hours", "1e10"],
        ["--gateway", "pigeon"],
        ["--gateway-clock", "10"],
        ["--gateway", "aws", "--gateway-clock", "0"],
        ["--gateway", "aws", "--gateway-clock", "inf"],
        ["--gateway", "aws", "--gateway-clock", "soon"],
    ],
)
def test_options_that_make_no_sense_are_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], options: list[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["dev_server.py", *options])
    with pytest.raises(SystemExit) as refusal:
        dev_server.read_options()
    assert refusal.value.code == 2
    assert "dev_server.py: error: " in capsys.readouterr().err


def test_words_are_read_in_any_case_and_without_the_spaces_around_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pool = ["--issuer", "https://pool.example", "--audience", " app "]
    monkeypatch.setattr(sys, "argv", ["x", "--log-level", "info", "--gateway", "AWS", *pool])
    options = dev_server.read_options()
    assert (options.log_level, options.gateway, options.audience) == ("INFO", "aws", "app")


def test_limits_and_times_reach_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each in its unit, and without them what the protocol says."""
    served: list[Settings] = []
    monkeypatch.setattr(dev_server, "serve", lambda settings, *_: served.append(settings))
    monkeypatch.setattr(dev_server, "set_up_logs", lambda level: None)
    given = {
        "--creations-per-hour": "7",
        "--changes-per-minute": "600",
        "--session-hours": "0.5",
        "--first-join-minutes": "60",
        "--keep-ended-days": "2",
        "--idempotency-hours": "48",
    }
    for options in ([], [word for pair in given.items() for word in pair]):
        monkeypatch.setattr(sys, "argv", ["dev_server.py", *options])
        dev_server.main()
    assert served[0].limits == Limits()
    assert served[1].limits == Limits(
        creations_per_hour=7,
        changes_per_minute=600,
        session_s=1800,
        first_join_s=3600,
        keep_ended_s=2 * 24 * 3600,
        idempotency_s=48 * 3600,
    )


def test_what_the_rollout_guard_did_is_cleared_by_a_command_that_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    Overlay(tmp_path).trip(Tripped(1_700_000_000_000, "It fell back."))
    monkeypatch.setattr(sys, "argv", ["x", "--clear-rollout-guard", "--data", str(tmp_path)])
    options = dev_server.read_options()
    assert options.clear_rollout_guard
    assert dev_server.clear_rollout_guard(options.data) == 0
    assert capsys.readouterr().out == (
        "The rollout guard, which fell back on 2023-11-14 at 22:13 UTC, is cleared: "
        "the next page load follows config.json again.\n"
    )
    assert list(tmp_path.iterdir()) == []
    assert dev_server.clear_rollout_guard(tmp_path / "none") == 0
    assert "nothing to clear" in capsys.readouterr().out
    (tmp_path / FILE).mkdir()
    assert dev_server.clear_rollout_guard(tmp_path) == 1
    assert capsys.readouterr().out.startswith("The rollout guard cannot be cleared: ")


@pytest.mark.parametrize(
    ("arguments", "admin"),
    [
        ([], AdminSettings(port=8001, or_any_port=True)),
        (["--port", "0"], AdminSettings(port=0, or_any_port=True)),
        (["--port", "65535"], AdminSettings(port=0, or_any_port=True)),
        (["--admin", "OFF"], None),
        (["--admin", "localhost:9000"], AdminSettings(host="localhost", port=9000)),
        (["--admin", "[::1]:9000"], AdminSettings(host="::1", port=9000)),
        (
            ["--admin", "10.0.0.5:9000", "--admin-token-file", "token"],
            AdminSettings(host="10.0.0.5", port=9000, token_file=Path("token")),
        ),
    ],
)
def test_where_operators_look(
    monkeypatch: pytest.MonkeyPatch, arguments: list[str], admin: AdminSettings | None
) -> None:
    monkeypatch.setattr(sys, "argv", ["x", *arguments])
    assert dev_server.admin_settings(dev_server.read_options()) == admin


@pytest.mark.parametrize(
    "place", ["", "on", "9000", ":9000", "127.0.0.1", "127.0.0.1:", "127.0.0.1:99999", "http://x:1"]
)
def test_a_place_for_operators_that_makes_no_sense_is_refused_in_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], place: str
) -> None:
    monkeypatch.setattr(sys, "argv", ["x", f"--admin={place}"])
    with pytest.raises(SystemExit) as ended:
        dev_server.read_options()
    assert ended.value.code == 2
    assert "error: argument --admin: " in capsys.readouterr().err
