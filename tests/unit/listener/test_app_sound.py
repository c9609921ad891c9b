"""Portable: the listener page without a browser: pausing, being late, and sound that stops."""

from tests.support.listener_harness import CODE, ListenerHarness


async def paused(seconds: float) -> ListenerHarness:
    """Somebody who listened a second, then paused."""
    stage = await ListenerHarness().join()
    await stage.hear(50)
    await stage.do("pause")
    await stage.hear(int(seconds * 50))
    return stage


async def blocked_in_mid_talk() -> ListenerHarness:
    """Sound was lost while listening, as by a phone call, and the browser does not let it through again."""
    stage = await ListenerHarness().join()
    await stage.hear(100)
    stage.loudspeaker.blocked = True
    for _ in range(300):
        stage.say_frame()
        await stage.clock.advance(0.02)
    assert (stage.state, stage.loudspeaker.revivals) == ("blocked", [False])
    return stage


def offers_live(stage: ListenerHarness) -> bool:
    return stage.page.visible["back-to-live"]


def heartbeats(stage: ListenerHarness) -> int:
    return len([sent for sent in stage.socket.texts if sent["action"] == "heartbeat"])


async def test_after_a_short_pause_there_is_no_button_to_live() -> None:
    stage = await paused(2)
    assert not offers_live(stage)
    await stage.do("pause")
    await stage.hear(10)
    assert not offers_live(stage)
    assert stage.page.texts["state"] == "You are listening live."


async def test_after_a_long_pause_the_page_says_so_and_leads_back_to_live() -> None:
    stage = await paused(5)
    assert offers_live(stage)
    await stage.do("pause")
    await stage.hear(10)
    assert (stage.state, offers_live(stage)) == ("live", True)
    assert "during your pause" in stage.page.texts["state"]
    assert float(stage.page.texts["delay"].split()[0]) > 4.5
    await stage.do("back-to-live")
    assert not offers_live(stage)
    assert stage.page.focused == "pause"
    await stage.hear(10)
    assert stage.page.texts["state"] == "You are listening live."
    assert stage.page.texts["delay"] in ("under 0.1 s", "0.1 s")
    assert stage.app.stats()["gaps"] == stage.app.stats()["skips"] == 0


async def test_after_half_a_minute_of_pause_the_page_says_that_its_beginning_is_lost() -> None:
    stage = await paused(32)
    await stage.do("pause")
    await stage.hear(10)
    assert "last half minute of your pause" in stage.page.texts["state"]
    assert (stage.state, offers_live(stage)) == ("live", True)
    await stage.do("back-to-live")
    await stage.hear(10)
    assert stage.page.texts["state"] == "You are listening live."
    await stage.do("pause")
    await stage.hear(250)
    await stage.do("pause")
    await stage.hear(10)
    assert "during your pause" in stage.page.texts["state"], "of this one all was kept"


async def test_back_to_live_ends_the_pause_as_well() -> None:
    stage = await paused(5)
    await stage.do("back-to-live")
    await stage.hear(10)
    assert (stage.state, stage.page.texts["pause"]) == ("live", "Pause")


async def test_the_button_goes_when_the_sound_has_caught_up() -> None:
    stage = await paused(3.5)
    await stage.do("pause")
    assert offers_live(stage)
    await stage.hear(250)
    assert not offers_live(stage)
    assert stage.app.stats()["tempo"] == 1.15


async def test_nothing_is_called_heard_while_the_clock_stands_still_behind_live_or_not() -> None:
    stage = await paused(5)
    await stage.do("pause")
    await stage.hear(5)
    await stage.clock.advance(1.5)
    assert stage.state == "buffering"


async def test_the_last_words_are_heard_before_the_end_is_told() -> None:
    stage = await ListenerHarness().join()
    await stage.hear()
    before = len(stage.loudspeaker.played)
    for _ in range(50):
        stage.say_frame()
    stage.say("sessionEnded", sessionId=CODE, reason="done")
    assert (stage.state, stage.page.texts["state"]) == ("live", "You are listening live.")
    for _ in range(100):
        await stage.clock.advance(0.02)
        stage.loudspeaker.run(20)
    assert len(stage.loudspeaker.played) - before >= 50 * 320
    assert stage.state == "ended"
    assert stage.clock.waiting() == 0


async def test_who_is_behind_hears_a_talk_to_its_end() -> None:
    stage = await paused(4)
    stage.say("sessionEnded", sessionId=CODE, reason="done")
    assert stage.state == "paused"
    asked = len(stage.api.asked)
    await stage.clock.advance(60)
    assert (stage.state, len(stage.api.asked)) == ("paused", asked)
    before = len(stage.loudspeaker.played)
    await stage.do("pause")
    assert (stage.state, stage.page.texts["state"]) == (
        "live",
        "This talk has ended. You are hearing the rest of it.",
    )
    for _ in range(250):
        await stage.clock.advance(0.02)
        stage.loudspeaker.run(20)
    assert len(stage.loudspeaker.played) - before >= 200 * 320
    assert stage.state == "ended"
    assert not stage.loudspeaker.is_open
    assert stage.clock.waiting() == 0


async def test_a_device_that_is_never_done_does_not_keep_a_talk_from_ending() -> None:
    stage = await ListenerHarness().join()
    await stage.hear()
    stage.loudspeaker.queued_ms = lambda: 1e-12  # type: ignore[method-assign]  # as adding many numbers leaves over
    stage.say("sessionEnded", sessionId=CODE, reason="done")
    for _ in range(100):
        await stage.clock.advance(0.02)
        stage.loudspeaker.run(20)
    assert stage.state == "buffering"  # nothing is heard, and the page waits for it
    await stage.clock.advance(1.5)
    assert (stage.state, stage.clock.waiting()) == ("ended", 0)


async def test_a_call_in_the_rest_of_a_talk_takes_nothing_of_it() -> None:
    stage = await paused(4)
    stage.say("sessionEnded", sessionId=CODE, reason="done")
    await stage.do("pause")
    await stage.clock.advance(1.5)
    assert stage.state == "live", "the audio clock stands still, which is no reason to throw sound away"
    before = len(stage.loudspeaker.played)
    for _ in range(250):
        await stage.clock.advance(0.02)
        stage.loudspeaker.run(20)
    assert len(stage.loudspeaker.played) - before >= 190 * 320
    assert stage.state == "ended"


async def test_the_last_words_to_who_is_muted_are_not_said_to_be_heard() -> None:
    stage = await ListenerHarness().join()
    await stage.hear()
    await stage.do("mute")
    for _ in range(50):
        stage.say_frame()
    stage.say("sessionEnded", sessionId=CODE, reason="done")
    assert "muted the sound" in stage.page.texts["state"]


async def test_a_new_epoch_during_a_pause_loses_nothing() -> None:
    stage = await paused(2)
    stage.socket.drop()
    await stage.clock.advance(0.1)
    stage.socket.accept()
    stage.say("welcome", connectionId="c-2", epoch=2)
    stage.seq = 0
    await stage.hear(50)
    stats = stage.app.stats()
    assert stats["bufferMs"] >= 3000
    await stage.do("pause")
    await stage.hear(25)
    assert stage.app.stats()["framesDropped"] == stats["framesDropped"] == 0
    assert stage.state == "live"


async def test_frames_that_do_not_come_make_the_connection_suspect() -> None:
    stage = await ListenerHarness().join()
    await stage.hear(100)
    before = heartbeats(stage)
    await stage.clock.advance(1.5)
    assert heartbeats(stage) == before
    await stage.clock.advance(1.0)
    assert heartbeats(stage) == before + 1
    await stage.clock.advance(2.5)
    assert len(stage.connector.sockets) == 2, "no answer: the connection is dead"


async def test_a_speaker_at_rest_makes_nothing_suspect() -> None:
    stage = await ListenerHarness().join()
    await stage.hear(100)
    stage.say("broadcastPaused")
    before = heartbeats(stage)
    await stage.clock.advance(4)
    assert heartbeats(stage) == before
    assert len(stage.connector.sockets) == 1


async def test_sound_that_stands_still_is_built_anew() -> None:
    stage = await ListenerHarness().join()
    await stage.hear(100)
    await stage.clock.advance(1.5)
    assert (stage.state, stage.loudspeaker.revivals) == ("buffering", [])
    await stage.clock.advance(0.7)
    assert stage.loudspeaker.revivals == [False]
    await stage.hear(20)
    assert stage.state == "live"
    assert stage.loudspeaker.revivals == [False]


async def test_who_comes_back_to_the_page_ends_an_interruption() -> None:
    stage = await ListenerHarness().join()
    await stage.hear(100)
    stage.app.page_seen()
    await stage.clock.advance(1.5)
    assert stage.loudspeaker.revivals == []
    stage.app.page_seen()
    await stage.clock.settle()
    assert stage.loudspeaker.revivals == [True]


async def test_sound_that_needs_a_tap_again_shows_the_button() -> None:
    stage = await blocked_in_mid_talk()
    assert stage.page.visible["listen"]
    assert stage.socket.last("playbackReport")["state"] == "blocked"
    stage.loudspeaker.blocked = False
    await stage.do("listen")
    await stage.welcome()
    await stage.hear(20)
    assert stage.state == "live"


async def test_who_comes_back_to_the_page_does_not_end_a_tap_that_still_waits_for_sound() -> None:
    stage = await blocked_in_mid_talk()
    await stage.do("listen")
    assert stage.state == "blocked"
    stage.app.page_seen()
    await stage.clock.settle()
    stage.loudspeaker.wake()
    await stage.clock.settle()
    assert (stage.state, stage.notice) == ("connecting", "")


async def test_sound_that_comes_back_by_itself_needs_no_tap() -> None:
    stage = await blocked_in_mid_talk()
    stage.loudspeaker.wake()
    await stage.clock.settle()
    assert not stage.page.visible["listen"]
    await stage.hear(20)
    assert stage.state == "live"
    assert len(stage.connector.sockets) == 1
