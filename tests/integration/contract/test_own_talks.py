"""The speaker page's list of own talks against the true server: what it reads, and what it can end."""

import pytest

from speaker.bootstrap import Server, speaker_recorder
from speaker.talks.talk_list import TalkList
from tests.integration.backend.wire_client import listener_of, new_session, speaker_of
from tests.integration.contract.stack import CONFIG, Stack
from tests.support.fake_store import FakeTextStore


@pytest.fixture
def talks(stack: Stack) -> TalkList:
    sessions = Server(stack.config, stack._ports, stack._sign_in).own_sessions()
    assert sessions is not None
    recorder = speaker_recorder(stack.clock, FakeTextStore())
    return TalkList(sessions, recorder, lambda: None, lambda why: pytest.fail(why.english))


async def test_a_talk_that_runs_elsewhere_is_read_with_its_numbers_and_ended(
    stack: Stack, talks: TalkList
) -> None:
    server, owner = stack.server, stack.server.demo.subject
    for _ in range(5):
        await stack.sessions.create_session(CONFIG)
    session_id = await new_session(server, owner)
    async with await speaker_of(server, session_id, owner) as speaker, await listener_of(server, session_id):
        await talks.open()
        newest = talks.listed.talks[0]
        assert (newest.session_id, newest.speaks_elsewhere, newest.is_over) == (session_id, True, False)
        assert newest.numbers is not None
        assert newest.numbers.listened == (1, 0, 0, 0, 0, 0)
        assert not talks.listed.talks[1].speaks_elsewhere
        await talks.more()
        assert len(talks.listed.talks) == 6
        assert talks.listed.cursor == ""
        talks.ask_to_end(session_id)
        await talks.end()
        assert (await speaker.expect("sessionEnded"))["reason"] == "ended"
    ended = talks.listed.talks[0]
    assert (ended.is_over, len(talks.listed.talks)) == (True, 6)
    assert ended.length_s is not None
    assert talks.listed.told is not None
    assert talks.listed.told.key == "talks.was-ended"


async def test_a_talk_of_another_account_is_not_ended(stack: Stack, talks: TalkList) -> None:
    foreign = await new_session(stack.server, "ben")
    await talks.open()
    assert talks.listed.talks == ()
    talks.ask_to_end(foreign)
    await talks.end()
    assert talks.listed.told is not None
    assert talks.listed.told.key == "error.AUTH_UNAUTHORIZED"
    assert (await stack.sessions.get_session(foreign)).status == "active"
