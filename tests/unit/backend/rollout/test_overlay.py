"""The guard's file: it can only turn HTTP off, and whatever is wrong with it is the safe side."""

import json
import logging
from pathlib import Path
from typing import Any

import pytest

from backend.data_dir import OWNER_ONLY
from backend.rollout.overlay import DAMAGED, FILE, Overlay, Tripped, settings_of

TRIPPED = Tripped(1_700_000_000_000, "The rollout guard fell back: so many failed.")
GUARDED = {"// why": "because", "use_http_session_creation": True, "rollout_guard": True, "region": "eu"}


def config(**changes: Any) -> bytes:
    return json.dumps({**GUARDED, **changes}).encode()


@pytest.fixture
def tripped(tmp_path: Path) -> Overlay:
    overlay = Overlay(tmp_path)
    overlay.trip(TRIPPED)
    return overlay


def test_without_a_file_configs_are_served_as_they_are(tmp_path: Path) -> None:
    assert Overlay(tmp_path).tripped() is None
    for text in (config(), b"no json", b""):
        assert Overlay(tmp_path).served(text) == text


def test_tripped_it_turns_http_off_and_nothing_else(tripped: Overlay) -> None:
    assert json.loads(tripped.served(config())) == {**GUARDED, "use_http_session_creation": False}


@pytest.mark.parametrize(
    "text",
    [
        config(rollout_guard=False),
        config(rollout_guard="true"),
        config(rollout_guard=1),
        config(use_http_session_creation=False),
        b'{"use_http_session_creation": true}',
        b"no json",
        b"[" * 100_000,
        b"[]",
        b"\xff",
    ],
)
def test_what_does_not_ask_for_the_guard_is_served_as_it_is(tripped: Overlay, text: bytes) -> None:
    assert tripped.served(text) == text


def test_it_survives_a_restart_and_only_its_owner_reads_it(tripped: Overlay, tmp_path: Path) -> None:
    assert Overlay(tmp_path).tripped() == TRIPPED
    assert (tmp_path / FILE).stat().st_mode & 0o777 == OWNER_ONLY
    assert [path.name for path in tmp_path.iterdir()] == [FILE]


def test_cleared_it_says_so_and_the_operators_file_counts_again(tripped: Overlay, tmp_path: Path) -> None:
    assert Overlay(tmp_path).clear() == (
        "The rollout guard, which fell back on 2023-11-14 at 22:13 UTC, is cleared: "
        "the next page load follows config.json again."
    )
    assert tripped.served(config()) == config()
    assert tripped.clear() == "The rollout guard has not fallen back: there is nothing to clear."


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'{"trippedAt": 5}',
        b'{"trippedAt": 1e999, "sentence": ""}',
        b'{"trippedAt": 1e300, "sentence": ""}',
        b'{"trippedAt": -1e18, "sentence": ""}',
        b"\xff\xfe",
        b"9" * 5000,
    ],
)
def test_a_damaged_file_is_told_in_one_sentence_and_is_the_safe_side(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, content: bytes
) -> None:
    (tmp_path / FILE).write_bytes(content)
    overlay = Overlay(tmp_path)
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            assert settings_of(overlay.served(config()))["use_http_session_creation"] is False
    assert overlay.tripped() == (0, DAMAGED)
    assert [record.message for record in caplog.records] == [DAMAGED]
    assert "was damaged and is deleted" in overlay.clear()
    assert overlay.tripped() is None


def test_a_folder_in_its_place_is_the_safe_side_and_cannot_be_cleared(tmp_path: Path) -> None:
    (tmp_path / FILE).mkdir()
    overlay = Overlay(tmp_path)
    assert settings_of(overlay.served(config()))["use_http_session_creation"] is False
    with pytest.raises(OSError, match="directory"):
        overlay.clear()


def test_what_cannot_be_written_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        Overlay(tmp_path).trip(TRIPPED)
    assert list(tmp_path.iterdir()) == []
