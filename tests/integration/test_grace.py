"""How long a session waits for its speaker: the server's setting, as far as the speaker's page."""

from pathlib import Path

import pytest

from pylib.config.rollout import Mode
from speaker.talk.record import TalkRecord, TalkRecords
from speaker.talk.tracker import TalkTracker
from tests.integration.test_sound import people
from tests.support.fake_store import FakeTalkLock, FakeTextStore


@pytest.mark.parametrize("mode", ["http", "websocket"])
async def test_the_speakers_record_remembers_what_this_server_tells(tmp_path: Path, mode: Mode) -> None:
    async with people(tmp_path, grace_s=7) as stage:
        service = await stage.speaker(mode)
        records = TalkRecords(FakeTextStore(), FakeTextStore(), FakeTalkLock([]), stage.clock)
        tracker = TalkTracker(stage.clock, records, lambda _open: None, lambda _seconds: None)
        tracker.follow(service, TalkRecord(stage.session_id, user="me"))
        tracker.stop()
        found = await records.find("me")
        assert found is not None
        assert found.talk.grace_ms == 7000
        service.stop()
